"""The baseline: what a network that knows ImageNet sees, and one linear layer on top.

The network is used as it comes. Nothing in it is trained; it turns each photo into 1,280 numbers,
and a logistic regression learns which of them speak for which breed. A few seconds, and hard to
beat: whoever fine-tunes has to show that it was worth it.
"""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from labs.kit import CentreCrop, body_features, normalisation, open_photos, pretrained

SIZE = 224


def features(network, paths):
    """(n, 1280): the last maps of the network, averaged over all places."""
    middle = CentreCrop(SIZE, share=0.875, **normalisation(network))
    return body_features(network, open_photos(paths, 256), prepare=middle, batch=32).numpy()


def train(data, run):
    cut = len(data.train_x) * 4 // 5
    network = pretrained("tf_efficientnet_lite0", len(data.classes), data.weights)
    seen = features(network.to(run.device), data.train_x)

    # Far more features than photos: a small C keeps the weights small.
    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    head.fit(seen[:cut], data.train_y[:cut])
    run.log(step=1, valid_accuracy=head.score(seen[cut:], data.train_y[cut:]))
    return network.cpu(), head


def predict(model, inputs, run):
    network, head = model
    return head.predict_proba(features(network.to(run.device), inputs))
