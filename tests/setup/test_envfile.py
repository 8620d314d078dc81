"""`.env.example` names every variable that the code and the compose file read, and no other."""

import re

import yaml

from config.local.supervisor import ROOT

READS = re.compile(r"""(?:environ(?:\.get)?[\[(]|env\.[a-z]+\()\s*["']([A-Z][A-Z0-9_]+)["'](?!\]\s*=[^=])""")
GIVEN_BY_COMPOSE = {"QUEUE"}
TOLD = {"DJANGO_SETTINGS_MODULE", "PYTHON_FROM", "BLENDER"}  # by our own programs and the Makefile
LIBRARIES = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def documented() -> dict[str, str]:
    rows = (ROOT / ".env.example").read_text().splitlines()
    return dict(row.split("=", 1) for row in rows if row and not row.startswith("#"))


def read_by_code() -> set[str]:
    found: set[str] = set()
    for folder in ("config", "labeling", "inference", "training", "synthesis", "vision"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= set(READS.findall(path.read_text()))
    return found - TOLD


def read_by_compose() -> set[str]:
    text = (ROOT / "docker-compose.yml").read_text()
    return set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", text)) - GIVEN_BY_COMPOSE


def test_every_variable_is_documented():
    assert (read_by_code() | read_by_compose()) - set(documented()) == set()


def test_nothing_is_documented_that_nobody_reads():
    assert set(documented()) - read_by_code() - read_by_compose() - LIBRARIES == set()


def test_no_secret_has_a_default():
    for name in ("SECRET_KEY", "POSTGRES_PASSWORD", "VALKEY_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert documented()[name] == ""
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", (ROOT / "docker-compose.yml").read_text())
        assert any(use.startswith(":?") for use in uses), name
        assert not any(use.startswith((":-", "-")) for use in uses), name


def test_compose_passes_on_only_what_the_code_knows():
    given = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["x-environment"]
    assert set(given) - read_by_code() - LIBRARIES == set()
