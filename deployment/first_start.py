"""The first start as docs/deployment.md tells it: administrators founded, an operator opened by two of them at the
console, then divisions, dictionaries, scene categories and a theme brought in by commands."""

import json
import re
import secrets

from deployment.installation import PROJECT, Installation
from deployment.visitors import Person

SAMPLES = PROJECT / "sample_data"
LISTS = {
    "import_divisions": "divisions_shanghai.json",
    "import_dictionaries": "dictionaries.json",
    "import_categories": "dictionaries.json",
}
THEME = "theme_restaurant.json"
_SECRET = re.compile(r'<code class="op-secret">([^<]+)</code>')


def found_and_furnish(site: Installation) -> None:
    """The installation is ready for its departments; every account has a password of its owner's own."""
    first = json.loads(
        site.manage("found_installation", "--city-code", "310000", "--city-name", "上海市", "--json"),
    )
    passwords = {**first, "operator": _open_operator(site, first)}
    operator = _signed_in(site, "operator", passwords["operator"])
    for command, file in LISTS.items():
        arguments = (command, str(SAMPLES / file), "--actor", "operator", "--json")
        foreseen = json.loads(site.manage(*arguments, "--dry-run"))
        done = json.loads(site.manage(*arguments))
        assert done["new"] and done["new"] == foreseen["new"], f"{command}：{done}"
        assert not json.loads(site.manage(*arguments))["new"], f"{command} 再次执行有新增"
    imported = json.loads(site.manage("import_dossier", str(SAMPLES / THEME), "--actor", "operator", "--json"))
    themes = operator.outside("/themes/")
    assert themes.status == 200 and imported["theme_code"] in themes.body.decode(), "主题列表里没有导入的主题"


def _open_operator(site: Installation, first: dict[str, str]) -> str:
    """The first password of an operator whom one administrator opens and another gives the role."""
    city = str(site.query("SELECT id FROM organizations_division WHERE parent_id IS NULL")[0][0])
    role = str(site.query("SELECT id FROM accounts_role WHERE code = 'platform_operator'")[0][0])
    sysadmin = _signed_in(site, "sysadmin", first["sysadmin"])
    opened = sysadmin.submit("/users/new/", username="operator", name="周运营", kind="person", division=city)
    password = _SECRET.search(opened.body.decode())
    assert opened.status == 200 and password, f"新增用户：{opened.status}"
    account = site.query("SELECT id FROM accounts_user WHERE username = 'operator'")[0][0]
    secadmin = _signed_in(site, "secadmin", first["secadmin"])
    granted = secadmin.submit(f"/users/{account}/", do="grant", role=role, division=city, department="", note="任命")
    assert granted.status == 302, f"授予角色：{granted.status}"
    return password[1]


def _signed_in(site: Installation, username: str, first: str) -> Person:
    """The person, past the change of password that the first login asks for."""
    person, own = Person(site), secrets.token_urlsafe(18)
    entered = person.submit("/login/", username=username, password=first)
    assert entered.status == 302, f"{username} 不能登录：{entered.status}"
    assert person.outside("/").headers["Location"] == "/account/password/", f"{username} 未被要求修改密码"
    changed = person.submit("/account/password/", old=first, new=own, again=own)
    assert changed.status == 302, f"{username} 不能修改密码：{changed.status}"
    return person
