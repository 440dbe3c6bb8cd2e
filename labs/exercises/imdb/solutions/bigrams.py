"""Words and pairs of neighbours, weighed by tf-idf: what hints 2 and 3 come to together.

"Not good" gets a column of its own, and so do 300,000 other pairs. Most of them occur in a few
reviews only and tell a little. For that little to count, the weights must be free to grow: `C` is
16 here. At 1, scikit-learn's choice, the pairs add next to nothing to the single words.
"""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

STRENGTH = 16.0  # of the data, against the pull of all weights to 0


def train(data, run):
    cut = len(data.train_x) * 19 // 20
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2),
        LogisticRegression(C=STRENGTH, max_iter=200),
    )
    model.fit(data.train_x[:cut], data.train_y[:cut])
    right = model.predict(data.train_x[cut:]) == data.train_y[cut:]
    run.log(step=1, valid_accuracy=right.mean())

    pairs = [name for name in model[0].get_feature_names_out() if " " in name]
    print(f"{len(model[0].vocabulary_):,} columns, {len(pairs):,} of them pairs")
    return model


def predict(model, inputs, run):
    return model.predict_proba(inputs)
