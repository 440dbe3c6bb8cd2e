"""The API's description of itself."""

from pathlib import Path

from django.core.management import call_command


def test_the_description_is_made_without_a_warning(tmp_path: Path):
    call_command("spectacular", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))
    assert "operationId: cards_list" in (tmp_path / "schema.yaml").read_text()
