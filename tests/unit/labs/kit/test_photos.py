"""Photos into tensors, augmentation on batches, averaging, mixing, pretrained networks."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from labs.kit import (
    Augment,
    CentreCrop,
    Mixup,
    blend,
    body_features,
    ensemble,
    fine_tune,
    fit,
    fit_head,
    head_of,
    layer_groups,
    normalisation,
    open_photos,
    predictions,
    pretrained,
    progressive_resizing,
    shifted,
    tta,
    unreadable,
)

TINY = "test_efficientnet"  # timm's own miniature, for tests


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Wide, tall and square; red on the left, blue on the right; a grey PNG among JPEGs."""
    paths = []
    for number, (width, height) in enumerate([(80, 40), (40, 80), (48, 48)]):
        image = Image.new("RGB", (width, height), (220, 20, 20))
        image.paste((20, 20, 220), (width // 2, 0, width, height))
        paths.append(tmp_path / f"{number}.jpg")
        image.save(paths[-1], quality=95)
    paths.append(tmp_path / "grey.png")
    Image.new("L", (50, 60), 99).save(paths[-1])
    return paths


def photos(count: int = 24, size: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """Class 1 is brighter above than below."""
    torch.manual_seed(0)
    classes = torch.arange(count) % 2
    images = torch.randint(0, 120, (count, 3, size, size), dtype=torch.uint8)
    images[classes == 1, :, : size // 2] += 120
    return images, classes


def by_mean(images: torch.Tensor) -> torch.Tensor:
    """A "network" that scores class 1 by the left half's brightness and class 0 by the right's."""
    left, right = images.float().mean((1, 2)).chunk(2, dim=1)
    return torch.stack([right.mean(1), left.mean(1)], dim=1)


class ByMean(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return by_mean(images)


@pytest.mark.parametrize("method", ["crop", "squish", "pad"])
def test_photos_of_any_shape_become_squares_in_order(files, method):
    found = open_photos(files, 32, method=method)
    assert (found.shape, found.dtype) == ((4, 3, 32, 32), torch.uint8)
    red, _, blue = found[2].float()
    assert red[:, :12].mean() > 180 > 60 > red[:, 20:].mean()
    assert blue[:, 20:].mean() > 180
    assert found[3].eq(99).sum() > 3 * 32 * 20


def test_cropping_cuts_squishing_bends_and_padding_adds_black(files):
    cut, bent, padded = (open_photos(files[:1], 40, method=m) for m in ("crop", "squish", "pad"))
    assert min(cut[0, 0, 20, 0], bent[0, 0, 20, 0]) > 150
    assert padded[0, :, :8].max() == 0
    assert cut.float().mean() > padded.float().mean() * 1.5


def test_a_file_that_is_no_photo_is_named(files, tmp_path):
    (bad := tmp_path / "bad.jpg").write_bytes(b"no photo")
    (short := tmp_path / "short.jpg").write_bytes(files[0].read_bytes()[:300])
    with pytest.raises(ValueError, match=r"bad\.jpg cannot be read"):
        open_photos([*files, bad], 32)
    assert unreadable([*files, bad, short]) == [bad, short]
    with pytest.raises(ValueError, match="crop, squish, pad"):
        open_photos(files, 32, method="stretch")


def test_a_centre_crop_is_the_middle_normalised():
    images = torch.zeros(1, 3, 8, 8, dtype=torch.uint8)
    images[:, :, 2:6, 2:6] = 255
    seen = CentreCrop(4, mean=(0.5,) * 3, std=(0.5,) * 3, share=0.5)(images)
    assert torch.equal(seen, torch.ones(1, 3, 4, 4))
    assert CentreCrop(6)(images).shape == (1, 3, 6, 6)


def test_augmentation_without_its_moves_is_a_centre_crop():
    images = photos(4, 32)[0]
    still = Augment(32, min_scale=1, stretch=1, turn=0, flip=False, light=0)
    assert torch.allclose(still(images), CentreCrop(32)(images), atol=1e-4)


def test_augmentation_gives_another_version_of_each_image_in_range():
    images = photos(1, 40)[0].expand(16, -1, -1, -1)
    seen = Augment(32)(images)
    assert seen.shape == (16, 3, 32, 32)
    assert -1 <= seen.min() < seen.max() <= 1
    assert all(not torch.allclose(seen[0], other) for other in seen[1:])


def test_a_flip_mirrors_about_half_the_images_and_no_flip_none():
    image = torch.zeros(1, 1, 16, 16)
    image[..., :8] = 1
    options = {"min_scale": 1, "stretch": 1, "turn": 0, "light": 0}
    flipped = Augment(16, **options)(image.expand(200, -1, -1, -1))[:, 0, :, 0].mean(1) < 0
    assert 60 < flipped.sum() < 140
    assert Augment(16, flip=False, **options)(image.expand(50, -1, -1, -1))[:, 0, 8, 1].min() == 1


def test_no_corner_is_empty_however_an_image_is_turned():
    white = torch.full((30, 3, 32, 32), 255, dtype=torch.uint8)
    assert Augment(32, turn=45, light=0)(white).min() > 0.99


def test_photos_that_are_no_squares_are_refused():
    with pytest.raises(ValueError, match="open_photos"):
        Augment(8)(torch.zeros(1, 3, 8, 9))


def test_a_shifted_batch_holds_the_same_pixels():
    torch.manual_seed(0)
    images = torch.arange(50.0).view(2, 1, 5, 5)
    moved = [shifted(images, 1) for _ in range(20)]
    assert any(not torch.equal(images, each) for each in moved)
    assert all(torch.equal(each.flatten().sort().values, images.flatten()) for each in moved)


def test_tta_averages_the_copies_and_weighs_in_the_plain_image():
    images = torch.rand(5, 3, 8, 8)
    plain = by_mean(images).softmax(1)
    mirrored = by_mean(images.flip(-1)).softmax(1)
    found = tta(ByMean(), images, augment=lambda x: x.flip(-1), prepare=lambda x: x, copies=3)
    assert torch.allclose(found, 0.75 * mirrored + 0.25 * plain, atol=1e-6)
    turns = iter([1.0, 0.0])
    both = tta(ByMean(), images, copies=2, share=0.0, prepare=lambda x: x,
               augment=lambda x: x if next(turns) else x.flip(-1))  # fmt: skip
    assert torch.allclose(both, (plain + mirrored) / 2, atol=1e-6)


def test_an_ensemble_is_the_mean_of_its_members():
    images = torch.rand(3, 3, 8, 8)
    opposite = nn.Sequential(ByMean(), nn.Linear(2, 2, bias=False))
    opposite[1].weight.data = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert torch.allclose(ensemble([ByMean(), opposite], images), torch.full((3, 2), 0.5))


def test_the_loss_of_a_blend_is_the_blend_of_the_losses():
    torch.manual_seed(0)
    scores, targets, share = torch.randn(6, 4), torch.arange(6) % 4, torch.rand(6)
    rows = torch.arange(6.0)[:, None]
    torch.manual_seed(1)
    mixed, shares = blend(rows, targets, share, 4)
    torch.manual_seed(1)
    other = torch.randperm(6)
    assert torch.allclose(mixed, share[:, None] * rows + (1 - share)[:, None] * rows[other])
    alone = F.cross_entropy(scores, targets, reduction="none")
    others = F.cross_entropy(scores, targets[other], reduction="none")
    expected = share * alone + (1 - share) * others
    found = F.cross_entropy(scores, shares, reduction="none")
    assert torch.allclose(found, expected, atol=1e-6)


def test_a_network_learns_from_mixed_images():
    images, classes = photos(32, 8)
    model = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    fit(model, (images, classes), epochs=30, lr=0.02, batch=16, prepare=CentreCrop(8),
        mix=Mixup(classes=2))  # fmt: skip
    assert (predictions(model, images, prepare=CentreCrop(8)).argmax(1) == classes).all()


def test_weights_from_a_file_give_the_network_all_but_its_head(tmp_path):
    torch.manual_seed(0)
    donor = pretrained_without_download(classes=7)
    torch.save(donor.state_dict(), tmp_path / "weights.pth")
    model = pretrained(TINY, 3, tmp_path / "weights.pth")
    assert head_of(model).out_features == 3
    kept = donor.state_dict()
    assert all(
        torch.equal(value, kept[name])
        for name, value in model.state_dict().items()
        if not name.startswith("classifier")
    )
    assert len(normalisation(model)["mean"]) == 3


def test_the_head_that_it_was_trained_with_may_stay(tmp_path):
    donor = pretrained_without_download(classes=1000)
    torch.save(donor.state_dict(), tmp_path / "weights.pth")
    kept = pretrained(TINY, None, tmp_path / "weights.pth")
    assert torch.equal(head_of(kept).weight, head_of(donor).weight)
    torch.save(pretrained_without_download(classes=7).state_dict(), tmp_path / "seven.pth")
    with pytest.raises(ValueError, match="does not hold the weights"):
        pretrained(TINY, None, tmp_path / "seven.pth")


def pretrained_without_download(classes: int = 2) -> nn.Module:
    import timm  # noqa: PLC0415 - seconds, for the few tests that need it

    return timm.create_model(TINY, pretrained=False, num_classes=classes)


def test_a_new_head_starts_small_however_few_classes_it_has(tmp_path):
    torch.save(pretrained_without_download().state_dict(), tmp_path / "weights.pth")
    head = head_of(pretrained(TINY, 3, tmp_path / "weights.pth"))
    assert head.weight.abs().max() <= head.in_features**-0.5


def test_weights_of_another_network_are_refused(tmp_path):
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match=f"does not hold the weights of {TINY}"):
        pretrained(TINY, 3, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match="There is no"):
        pretrained(TINY, 3, tmp_path / "missing.pth")


def test_groups_hold_every_parameter_once_and_the_head_is_last():
    model = pretrained_without_download()
    groups = layer_groups(model, 4)
    names = [id(parameter) for group in groups for parameter in group.parameters()]
    assert sorted(names) == sorted(map(id, model.parameters()))
    assert (len(groups), groups[-1]) == (4, head_of(model))
    with pytest.raises(ValueError, match="2 to"):
        layer_groups(model, 99)


def test_the_head_alone_fits_on_what_the_frozen_body_says_once():
    images, classes = photos()
    model = pretrained_without_download()
    model.eval()
    with torch.no_grad():
        scores = model(CentreCrop(32)(images))
        features = body_features(model, images, prepare=CentreCrop(32))
        assert torch.allclose(head_of(model)(features), scores, atol=1e-5)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    history = fit_head(model, (images, classes), prepare=CentreCrop(32), epochs=30, lr=0.05)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    moved = {name for name, value in model.state_dict().items() if not value.equal(before[name])}
    assert moved == {"classifier.weight", "classifier.bias"}


def test_a_network_is_fine_tuned_with_presizing_and_grows_its_images():
    images, classes = photos()
    model = pretrained_without_download()
    steps = {"augment": Augment(32), "prepare": CentreCrop(32)}
    options = {"groups": layer_groups(model), **steps}
    fine_tune(model, (images, classes), (images, classes), epochs=1, batch=12, **options)
    sizes = []

    def note(layer, inputs):
        sizes.append(inputs[0].shape[-1])

    model.register_forward_pre_hook(note)
    history = progressive_resizing(model, (images, classes), phases=[(16, 2), (32, 1)], lr=1e-3,
                                   **steps)  # fmt: skip
    assert (sizes, len(history)) == ([16, 16, 32], 3)
