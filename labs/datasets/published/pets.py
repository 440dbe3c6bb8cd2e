"""The Oxford-IIIT Pet photos, 37 breeds, with trimaps; and a subset of three breeds.

O. Parkhi, A. Vedaldi, A. Zisserman, C. V. Jawahar: Cats and dogs, CVPR 2012. Labs read one file,
`photos.zip`: `index.csv` (id, breed), `images/ID.jpg` with a short side of at most 256 pixels, and
`trimaps/ID.png` of the same size (1 the animal, 2 the background, 3 its outline).
"""

import csv
import io
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from PIL import Image

from labs.datasets.descriptions import DataSet, SourceFile
from labs.datasets.transfer import half_written

PRODUCT = "photos.zip"
SHORT_SIDE = 256
_QUALITY = 90
_LICENCE = "CC BY-SA 4.0 (Parkhi, Vedaldi, Zisserman, Jawahar; photos of Flickr's and others)"
_PLACE = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/"
_TIME = (1980, 1, 1, 0, 0, 0)
Members = Iterator[tuple[str, bytes]]


def convert(files: Mapping[str, Path], folder: Path) -> None:
    """From the two published archives; photos are made smaller, once, and lose their EXIF."""
    with tarfile.open(files["annotations.tar.gz"]) as annotations:
        trimaps, names = {}, list[str]()
        for member in annotations:
            stream = annotations.extractfile(member)
            path = Path(member.name)
            if stream is None or path.name.startswith("."):
                continue
            if path.name == "list.txt":
                lines = stream.read().decode("ascii").splitlines()
                names = [line.split()[0] for line in lines if not line.startswith("#")]
            elif path.parent.name == "trimaps" and path.suffix == ".png":
                trimaps[path.stem] = stream.read()
    with tarfile.open(files["images.tar.gz"]) as images:
        _write(folder, sorted(names), _smaller(images, set(names), trimaps))


def _smaller(images: tarfile.TarFile, names: set[str], trimaps: Mapping[str, bytes]) -> Members:
    for member in images:
        name = Path(member.name).stem
        stream = images.extractfile(member)
        if stream is None or name not in names or name not in trimaps:
            continue
        with Image.open(stream) as opened, Image.open(io.BytesIO(trimaps[name])) as trimap:
            photo = opened.convert("RGB")
            scale = min(1.0, SHORT_SIDE / min(photo.size))
            size = (round(photo.width * scale), round(photo.height * scale))
            small = photo.resize(size, Image.Resampling.LANCZOS)
            yield f"images/{name}.jpg", _encoded(small, "JPEG", quality=_QUALITY)
            mask = trimap.resize(size, Image.Resampling.NEAREST)
            yield f"trimaps/{name}.png", _encoded(mask, "PNG")


def _encoded(image: Image.Image, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def convert_subset(files: Mapping[str, Path], folder: Path) -> None:
    """From the folder as it is mirrored; rows without a split have no annotation to trust."""
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        names = sorted(row["id"] for row in csv.DictReader(file) if row["split"])
    paths = [f"{kind}/{name}" for name in names for kind in ("images", "trimaps")]
    suffixes = {"images": ".jpg", "trimaps": ".png"}
    members = ((path + suffixes[path.partition("/")[0]]) for path in paths)
    _write(folder, names, ((member, (folder / member).read_bytes()) for member in members))
    for kind in suffixes:
        shutil.rmtree(folder / kind)


def _write(folder: Path, names: list[str], members: Members) -> None:
    """Photos are packed already, so the archive only keeps them together."""
    rows = "".join(f"{name},{name.rpartition('_')[0]}\n" for name in names)
    with half_written(folder / PRODUCT) as (part, out):
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr(zipfile.ZipInfo("index.csv", _TIME), f"id,breed\n{rows}")
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name, _TIME), content)
        out.flush()
        part.replace(folder / PRODUCT)


PETS = DataSet(
    name="pets",
    title="Oxford-IIIT Pet, 37 breeds",
    licence=_LICENCE,
    rows="7,349 photos of cats and dogs",
    # The images' md5 is torchvision's, 5c4f3ee8e5d25df40f4fd59a7f44e54c; sha256 as TensorFlow
    # Datasets publishes it.
    files=(
        SourceFile(
            name="images.tar.gz",
            sha256="67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
            size=791_918_971,
            download=f"{_PLACE}images.tar.gz",
        ),
        SourceFile(
            name="annotations.tar.gz",
            sha256="52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
            size=19_173_078,
            download=f"{_PLACE}annotations.tar.gz",
        ),
    ),
    convert=convert,
    products=(PRODUCT,),
    instead="pets-three",
)

PETS_THREE = DataSet(
    name="pets-three",
    title="Oxford-IIIT Pet, three breeds",
    licence=_LICENCE,
    rows="598 photos of Abyssinians, Bengals and American bulldogs",
    files=(
        SourceFile(
            name="SHA256SUMS",
            sha256="b7cc6cc393c1202633274e96c9a02a82975d728d18982d5084c670bec35000eb",
            size=111260,
        ),
    ),
    listing="SHA256SUMS",
    listed_size=15257440,
    mirrored_as=("pets-three", "pets"),
    convert=convert_subset,
    products=(PRODUCT,),
)
