"""The reference: gradient boosting, eighty small trees that correct one another.

Three ideas carry it from 84 % to about 87 %:
* each new tree is fitted to what the trees before it still get wrong, and a fifth of its answer is
  added (Friedman, Greedy function approximation, 2001): many small steps in place of a large one;
* numbers are sorted into 255 bins first, so that a split is looked for among bins instead of among
  people (Ke and others, LightGBM, 2017): all eighty trees together take less than a second;
* names stay names: a split may put any set of occupations on one side, and people of whom a value
  is missing go to the side where they fit better.
"""

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss

from labs.kit import dependence, line_plot, permutation_importances

TREES = 80
LEAVES = 15
LEARNING_RATE = 0.2
USELESS = ["fnlwgt", "education-num"]  # dealt anew among all people; the same as education


def prepared(people):
    """Texts as categories, which is how the booster knows names from numbers."""
    people = people.drop(columns=USELESS)
    texts = people.select_dtypes(exclude="number").columns
    return people.astype(dict.fromkeys(texts, "category"))


def train(data, run):
    people, earns_more = prepared(data.train_x), data.train_y
    cut = len(people) * 9 // 10
    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype",
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        learning_rate=LEARNING_RATE,
        early_stopping=False,
        random_state=run.seed,
    )
    model.fit(people[:cut], earns_more[:cut])
    report(model, people[cut:], earns_more[cut:], run)
    return model


def report(model, people, earns_more, run):
    """How the model grew, tree by tree; which columns it needs; what it makes of age."""
    for trees, given in enumerate(model.staged_predict_proba(people), start=1):
        if trees % 10 == 0:
            run.log(
                step=trees,
                valid_loss=log_loss(earns_more, given),
                valid_accuracy=(given.argmax(axis=1) == earns_more).mean(),
            )
            run.progress(trees, TREES)

    few, few_y = people[:1000], earns_more[:1000]
    print("Accuracy lost where a column is shuffled:")
    for column, lost in permutation_importances(model, few, few_y, repeats=1).items():
        print(f"  {column:15} {lost:+.3f}")
    curve = dependence(model, few[:200], "age", points=12)
    run.figure("age", line_plot({"age": curve}, across="age", up="share above 50,000"))


def predict(model, inputs, run):
    """Probabilities (n, 2), of earning at most 50,000 dollars and of earning more."""
    return model.predict_proba(prepared(inputs))
