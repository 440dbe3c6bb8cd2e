"""A random forest, and what it can be asked.

Each tree is grown on people drawn with replacement, and each split chooses among half of the
columns, drawn anew: so trees err differently, and their mean errs less. The rest of this file asks
the forest which columns it needs, which way one of them works, and why it says what it says of one
person.
"""

import pandas as pd
from sklearn.ensemble import RandomForestClassifier

from labs.kit import contributions, dependence, line_plot, permutation_importances

TREES = 40


def as_numbers(people, kinds):
    """Names become their place in the alphabet, -1 where missing: a tree needs an order."""
    codes = {name: pd.Categorical(people[name], kinds[name]).codes for name in kinds}
    return people.assign(**codes)


def train(data, run):
    texts = data.train_x.select_dtypes(exclude="number")
    kinds = {name: sorted(texts[name].dropna().unique()) for name in texts}
    people, earns_more = as_numbers(data.train_x, kinds), data.train_y
    cut = len(people) * 9 // 10
    valid, valid_y = people[cut:], earns_more[cut:]

    forest = RandomForestClassifier(
        TREES,
        min_samples_leaf=5,
        max_features=0.5,
        oob_score=True,
        n_jobs=-1,
        random_state=run.seed,
    )
    forest.fit(people[:cut], earns_more[:cut])
    forest.n_jobs = 1  # for few rows at a time, threads cost more than they bring

    # Nearly four trees in ten have not seen a given person; asked alone, they need no validation
    # set. The two figures should agree.
    run.log(step=TREES, out_of_bag=forest.oob_score_, valid_accuracy=forest.score(valid, valid_y))

    few, few_y = valid[:1000], valid_y[:1000]
    print("Accuracy lost where a column is shuffled:")
    for column, lost in permutation_importances(forest, few, few_y, repeats=1).items():
        print(f"  {column:15} {lost:+.3f}")

    curve = dependence(forest, valid[:200], "age", points=12)
    run.figure("age", line_plot({"age": curve}, across="age", up="share above 50,000"))

    explain(forest, valid[:1])
    return {"kinds": kinds, "forest": forest}


def explain(forest, person):
    """Why the forest says what it says of this person."""
    start, changes = contributions(forest, person)
    print(f"Before anything is asked: {start:.2f}")
    for column, change in list(changes.items())[:5]:
        print(f"  {column:15} {change:+.2f}")
    print(f"All together: {start + sum(changes.values()):.2f}")


def predict(model, inputs, run):
    return model["forest"].predict_proba(as_numbers(inputs, model["kinds"]))
