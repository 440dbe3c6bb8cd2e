"""Brings data sets to this machine and verifies them."""

import tomllib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from labs import datasets
from labs.datasets import Progress, Stage
from labs.domain.errors import DatasetMissing, DatasetUnavailable, LabsError
from labs.grading import load_exercise

_STOPPED = "Stopped. What came is kept; type the same command again and it goes on."


class Command(BaseCommand):
    help = "Bring and verify the data sets of labs (all of them if none is named)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG", help="a lab or a data set")
        parser.add_argument("--list", action="store_true", help="only say what there is")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names = self._data_sets(options["slugs"])
            if options["list"]:
                everything = [known.name for known in datasets.catalogue()]
                self._list(names if options["slugs"] else everything)
            else:
                self._fetch_all(names)
        except LabsError as refused:
            raise CommandError(_said(refused)) from refused
        except KeyboardInterrupt:
            raise CommandError(_STOPPED, returncode=130) from None

    def _data_sets(self, slugs: list[str]) -> list[str]:
        """The data sets behind labs' and data sets' names, each once, in the order asked for."""
        if not slugs:
            known = datasets.catalogue()
            substitutes = {each.instead for each in known}
            return [each.name for each in known if each.name not in substitutes]
        names: dict[str, None] = {}
        for slug in slugs:
            folder = Path(settings.EXERCISES_DIR) / slug
            if (folder / "lab.toml").is_file():
                names.update(dict.fromkeys(load_exercise(folder).spec.data))
            else:
                names[datasets.data_set(slug).name] = None
        return [*names]

    def _list(self, names: list[str]) -> None:
        needed_by = _labs_by_data_set()
        width = max(map(len, names))
        for name in names:
            known = datasets.data_set(name)
            try:
                datasets.locate(name, settings.DATA_DIR)
                here = "here"
            except DatasetMissing:
                here = "not here"
            labs = ", ".join(needed_by.get(name, [])) or "no lab"
            self.stdout.write(
                f"{name:<{width}}  {known.size / 1e6:6.1f} MB  {here:<8}  {known.title}:"
                f" {known.rows}. For {labs}. Licence: {known.licence}"
            )

    def _fetch_all(self, names: list[str]) -> None:
        """A data set whose sources are down keeps the others from nothing."""
        failed: list[LabsError] = []
        for name in names:
            try:
                self._fetch(name)
            except DatasetUnavailable as refused:
                failed.append(refused)
        if failed:
            raise CommandError("\n\n".join(map(_said, failed)))

    def _fetch(self, name: str) -> None:
        with Bar(name) as bar:
            brought = datasets.fetch_or_instead(
                name, settings.DATA_DIR, mirror=settings.DATA_MIRROR, report=bar.show
            )
        if brought != name:
            self.stdout.write(f"{name}: came from none of its sources; {brought} serves instead")
            name = brought
        files = datasets.locate(name, settings.DATA_DIR)
        places = sorted({str(path.parent) for path in files.values()})
        self.stdout.write(f"{name}: ready in {', '.join(places)}")


def _said(refused: LabsError) -> str:
    return f"{refused.message}\n{refused.cure}"


def _labs_by_data_set() -> dict[str, list[str]]:
    """Only what each lab.toml says: a lab that is not finished keeps nobody from the list."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(settings.EXERCISES_DIR).glob("*/lab.toml")):
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
            variants = [name for each in values.get("variant", []) for name in each["data"]]
            names = values.get("data", []) + variants
        except (OSError, ValueError, TypeError, KeyError):
            continue
        for name in names if isinstance(names, list) else []:
            found.setdefault(str(name), []).append(path.parent.name)
    return found


class Bar:
    """A progress bar on standard error; each new stage or source starts it again from 0."""

    def __init__(self, name: str) -> None:
        self._bar = tqdm(desc=name, unit="B", unit_scale=True, leave=False, disable=None)
        self._stage: tuple[Stage, str] | None = None
        self._name = name

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *failure: object) -> None:
        self._bar.close()

    def show(self, progress: Progress) -> None:
        stage = (progress.stage, progress.source)
        if stage != self._stage:
            self._stage = stage
            self._bar.reset(total=progress.total or None)
            place = f" from {progress.source}" if progress.source else ""
            self._bar.set_description(f"{self._name}: {progress.stage}{place}")
        self._bar.update(progress.done - self._bar.n)
