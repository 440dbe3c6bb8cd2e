"""Who earns more than 50,000 dollars? This starter runs, and falls short of a pass.

It asks one thing: how far somebody went to school. Where most people with the same education earn
more than 50,000 dollars, it says 1, else 0. What else would you ask?
"""


def train(data, run):
    """data.train_x: a data frame, one row a person; data.train_y: int (n,), 1 above 50,000."""
    # Keep a fifth aside: only people that the model has not seen say how good it is.
    cut = len(data.train_x) * 4 // 5
    people, earns_more = data.train_x[:cut], data.train_y[:cut]

    share = people.assign(rich=earns_more).groupby("education")["rich"].mean().to_dict()

    right = predict(share, data.train_x[cut:], run) == data.train_y[cut:]
    run.log(step=1, valid_accuracy=right.mean())
    for education in sorted(share, key=share.get, reverse=True)[:5]:
        print(f"{education}: {share[education]:.0%} earn more")
    return share


def predict(share, inputs, run):
    """One answer per person, 0 or 1."""
    likely = inputs["education"].map(share).fillna(0)
    return (likely > 0.5).astype(int).to_numpy()
