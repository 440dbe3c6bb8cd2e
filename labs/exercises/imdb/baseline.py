"""The baseline: which words occur, weighed by how much they tell, and a straight line between.

A review becomes a row of numbers, one for each word: how often it occurs here, times how few
reviews have it at all (tf-idf). "The" is everywhere and counts for nothing; "dreadful" is rare and
says a lot. The order of the words is lost. Logistic regression then learns one weight a word. A
network that does no better has not learned to read.
"""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

WORDS = 5_000  # the most frequent ones


def train(data, run):
    cut = len(data.train_x) * 19 // 20
    model = make_pipeline(TfidfVectorizer(max_features=WORDS), LogisticRegression())
    model.fit(data.train_x[:cut], data.train_y[:cut])
    right = model.predict(data.train_x[cut:]) == data.train_y[cut:]
    run.log(step=1, valid_accuracy=right.mean())

    words = model[0].get_feature_names_out()
    order = model[1].coef_[0].argsort()
    print("against:", ", ".join(words[order[:10]]))
    print("for:", ", ".join(words[order[:-11:-1]]))
    return model


def predict(model, inputs, run):
    return model.predict_proba(inputs)
