"""What needs packages that few servers have."""

import sys
from pathlib import Path

import pytest

from api.config.sources import load_settings
from api.container import build
from api.errors import StartError


def test_a_front_end_without_its_packages_stops_the_start_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("front end")
    folder = {"RAGLAN_DATA_DIR": str(tmp_path), "RAGLAN_FRONTEND__DIR": str(tmp_path)}
    monkeypatch.setitem(sys.modules, "socketio", None)
    with pytest.raises(StartError, match=r"frontend\.dir .*entrypoint\.sh --install openwebui"):
        build(load_settings(folder))
