"""Collaborative filtering; tokens, language models and text classifiers."""

import pickle
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from labs.kit import (
    AwdLstm,
    DotProduct,
    LanguageBatches,
    LanguageLoss,
    LanguageModel,
    RatingNet,
    TextBatches,
    TextClassifier,
    Vocabulary,
    bias_ranking,
    fit,
    freeze_to,
    nearest,
    pad,
    perplexity,
    predictions,
    principal_axes,
    sigmoid_range,
    split_words,
    text_predictions,
    tokenize,
)


def ratings():
    """Even users like even items, odd users odd ones."""
    users, items = torch.meshgrid(torch.arange(20), torch.arange(12), indexing="ij")
    users, items = users.flatten(), items.flatten()
    return (users, items), torch.where((users + items) % 2 == 0, 5.0, 1.0)


@pytest.mark.parametrize(
    "kind",
    [
        partial(DotProduct, factors=4),
        partial(DotProduct, factors=4, bias=False, between=None),
        partial(RatingNet, factors=(4, 4), layers=(32,)),
    ],
)
def test_a_model_learns_who_likes_what(kind):
    """The variance is 4: what a model that always says the mean is left with."""
    torch.manual_seed(0)
    history = fit(kind(20, 12), ratings(), epochs=60, lr=0.1, wd=0, batch=60, loss=F.mse_loss)
    assert history[-1]["train_loss"] < 1


def test_a_sigmoid_keeps_ratings_within_their_range():
    assert sigmoid_range(torch.tensor([-99.0, 0, 99]), 0, 5.5).tolist() == [0, 2.75, 5.5]


def test_a_rating_is_the_dot_product_plus_both_biases():
    model = DotProduct(3, 3, factors=2, between=None)
    with torch.no_grad():
        model.users.weight[1] = torch.tensor([1.0, 2])
        model.items.weight[2] = torch.tensor([3.0, 4])
        model.user_bias.weight[1], model.item_bias.weight[2] = 0.5, -1
    assert model(torch.tensor([1]), torch.tensor([2])).item() == pytest.approx(11 + 0.5 - 1)


def test_the_nearest_items_point_the_same_way_whatever_their_length():
    factors = torch.tensor([[1.0, 0], [5, 0.1], [0, 1], [-1, 0]])
    assert [row for row, _ in nearest(factors, 0, 3)] == [1, 2, 3]
    assert nearest(factors, 0, 1)[0][1] == pytest.approx(1, abs=1e-3)


def test_biases_are_ranked_from_both_ends():
    assert bias_ranking(torch.tensor([[0.3], [-1], [2], [0]]), 2) == ([1, 3], [2, 0])


def test_splits_off_negations_and_what_follows_an_apostrophe():
    assert split_words("It isn't bad, it's (almost) good!") == (
        ["It", "is", "n't", "bad", ",", "it", "'s", "(", "almost", ")", "good", "!"]
    )


def test_principal_axes_follow_the_largest_differences():
    line = torch.linspace(-3, 3, 7)
    factors = torch.stack([line, line + 10, torch.zeros(7)], dim=1)
    axes = principal_axes(factors, 2)
    assert torch.allclose(axes[:, 0].abs(), line.abs() * 2**0.5, atol=1e-5)
    assert axes[:, 1].abs().max() < 1e-5


def test_a_text_becomes_tokens_by_rules():
    assert tokenize("I'm NOT sure!!!!!<br />It can't be") == (
        [
            "xxbos",
            "xxmaj",
            "i",
            "'m",
            "xxup",
            "not",
            "sure",
            "xxrep",
            "5",
            "!",
            "xxmaj",
            "it",
            "ca",
            "n't",
            "be",
        ]
    )


def test_a_vocabulary_knows_what_is_frequent_and_numbers_come_back_as_words():
    vocabulary = Vocabulary([["b", "a", "b"], ["b", "a", "c"]], at_least=2)
    assert vocabulary.tokens == ["xxunk", "xxpad", "b", "a"]
    assert vocabulary.numbers(["a", "c", "b"]).tolist() == [3, 0, 2]
    assert vocabulary.words([3, 0]) == ["a", "xxunk"]


def test_each_row_of_a_batch_goes_on_where_it_ended_and_targets_are_one_ahead():
    batches = list(LanguageBatches(torch.arange(21), rows=2, length=4))
    first, second, third = (inputs.tolist() for inputs, _ in batches)
    assert first == [[0, 1, 2, 3], [10, 11, 12, 13]]
    assert second == [[4, 5, 6, 7], [14, 15, 16, 17]]
    assert third == [[8, 9], [18, 19]]
    assert all(torch.equal(targets, inputs + 1) for inputs, targets in batches)
    with pytest.raises(ValueError, match="fewer rows"):
        LanguageBatches(torch.arange(5), rows=8)


def test_texts_of_like_length_share_a_batch_and_are_padded_and_cut():
    documents = [torch.full((length,), 7) for length in (2, 30, 3, 29)]
    batches = list(TextBatches(documents, torch.arange(4), size=2, cut=25))
    assert sorted(inputs.shape[1] for inputs, _ in batches) == [3, 25]
    in_order = TextBatches(documents, torch.arange(4), size=3, shuffle=False)
    assert torch.cat([targets for _, targets in in_order]).tolist() == [0, 1, 2, 3]
    assert pad(documents[::2]).tolist() == [[7, 7, 1], [7, 7, 7]]


def small_body(drop: float = 0.1) -> AwdLstm:
    torch.manual_seed(0)
    return AwdLstm(12, width=24, hidden=32, layers=2, drop=drop)


def test_a_language_model_learns_a_rhyme():
    stream = torch.arange(2, 12).repeat(60)
    model = LanguageModel(small_body())
    batches = LanguageBatches(stream, rows=8, length=10)
    history = fit(model, batches, batches, epochs=12, lr=0.02, loss=LanguageLoss(model),
                  metrics=[perplexity])  # fmt: skip
    assert history[-1]["valid_perplexity"] < 1.5
    assert pickle.loads(pickle.dumps(model)).decoder.weight.shape == (12, 24)


def test_the_state_lasts_from_batch_to_batch_until_it_is_forgotten():
    body = small_body().eval()
    words = torch.randint(2, 12, (3, 8))
    with torch.no_grad():
        whole = body(words)
        body.forget()
        halves = torch.cat([body(words[:, :4]), body(words[:, 4:])], dim=1)
        assert torch.allclose(whole, halves, atol=1e-6)
        assert not torch.allclose(body(words), whole, atol=1e-3)
        body.eval()
        assert torch.allclose(body(words), whole, atol=1e-6)


def test_dropouts_act_in_training_only_and_leave_the_weights_alone():
    body = small_body(drop=1.0)
    words = torch.randint(2, 12, (3, 8))
    before = {name: value.clone() for name, value in body.state_dict().items()}
    body.train()
    assert not torch.equal(body(words), body.train()(words))
    assert torch.equal(body.eval()(words), body.eval()(words))
    assert all(torch.equal(before[name], value) for name, value in body.state_dict().items())


def test_recurrent_weights_are_dropped_anew_in_each_training_batch():
    body = small_body(drop=0)
    body.weight_drop = 0.5
    words = torch.randint(2, 12, (3, 8))
    assert not torch.equal(body.train()(words), body.train()(words))
    body.train()(words).sum().backward()
    assert body.cells[0].weight_hh_l0.grad is not None


def test_a_classifier_takes_over_the_body_and_pays_no_heed_to_padding():
    model = TextClassifier(small_body(), 2).eval()
    short = torch.tensor([[3, 4, 5]])
    with torch.no_grad():
        assert torch.allclose(model(short), model(pad([short[0], torch.ones(9).long() * 6]))[:1],
                              atol=1e-5)  # fmt: skip


def test_texts_are_answered_in_the_order_they_came_in_whatever_their_lengths():
    model = TextClassifier(small_body(drop=0.5), 2).train()
    documents = [torch.randint(2, 12, (length,)) for length in (30, 4, 17, 9, 25)]
    together = text_predictions(model, documents, batch=2, cut=20)
    alone = [predictions(model, document[None, -20:])[0] for document in documents]
    assert torch.allclose(together, torch.stack(alone), atol=1e-5)


def test_a_classifier_learns_group_by_group():
    torch.manual_seed(0)
    documents = [torch.randint(4, 12, (length % 9 + 3,)) for length in range(60)]
    classes = torch.arange(60) % 2
    for document, kind in zip(documents, classes, strict=True):
        document[1] = 2 + kind
    model = TextClassifier(small_body(), 2)
    frozen = model.body.embedding.weight.clone()
    batches = TextBatches(documents, classes, size=10)
    freeze_to(model.groups, -1)
    fit(model, batches, epochs=1, lr=0.01, groups=model.groups)
    assert torch.equal(frozen, model.body.embedding.weight)
    freeze_to(model.groups, 0)
    fit(model, batches, epochs=15, lr=slice(5e-3, 2e-2), groups=model.groups)
    in_order = TextBatches(documents, classes, size=10, shuffle=False)
    assert (predictions(model, in_order).argmax(1) == classes).float().mean() > 0.9
