"""What makes a production installation unsafe: each rule has a name and a sentence."""

import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError, connection

from opsplatform.webhooks.sealing import read_keys

TAG = "production"
SHORTEST_SECRET = 50
SHORTEST_METRICS_TOKEN = 24

Rule = Callable[[], str]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """The function is a rule named after itself; it returns what is unsafe, or an empty text."""
    RULES[function.__name__] = function
    return function


@register(TAG, deploy=True)
def unsafe_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """One error for each rule that does not hold; none outside the production profile."""
    if settings.OPSPLATFORM_PROFILE != "production":
        return []
    return [Error(sentence, id=f"production.{name}") for name, sentence in _violations()]


def _violations() -> Iterator[tuple[str, str]]:
    for name, holds in RULES.items():
        try:
            sentence = holds()
        except DatabaseError:
            sentence = "数据库没有应答，或表还没有建好（请先执行 manage.py migrate），无法核对。"
        if sentence:
            yield name, sentence


@rule
def debug() -> str:
    return "DEBUG 已打开，出错时会把内部情况显示给访问者。" if settings.DEBUG else ""


@rule
def secret_key() -> str:
    key = settings.SECRET_KEY
    is_weak = len(key) < SHORTEST_SECRET or len(set(key)) < 10 or key.startswith(("django-insecure", "only-for-tests"))
    return f"SECRET_KEY 没有设置、过短或是示例值：应为至少 {SHORTEST_SECRET} 个字符的随机串。" if is_weak else ""


@rule
def allowed_hosts() -> str:
    is_open = not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS
    return "ALLOWED_HOSTS 没有列出本站域名，或用了 *。" if is_open else ""


@rule
def cookies() -> str:
    is_secure = settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY
    return "" if is_secure else "会话或 CSRF 的 Cookie 会经明文连接发送，或能被脚本读取。"


@rule
def tls_proxy_header() -> str:
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        return ""
    return "没有用 TLS_PROXY_HEADER 说明前端代理以哪个请求头表示 HTTPS（例如 X-Forwarded-Proto）。"


@rule
def signing_key() -> str:
    path = settings.SIGNING_KEY_FILE
    if path is None:
        return "没有用 SIGNING_KEY_FILE 指定发布包的签名私钥。"
    try:
        key = load_pem_private_key(Path(path).read_bytes(), password=None)
    except OSError:
        return f"签名私钥 {path} 读不到。"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return f"签名私钥 {path} 不是可用的 PEM 私钥。"
    if not isinstance(key, Ed25519PrivateKey):
        return f"签名私钥 {path} 不是 Ed25519 私钥。"
    return _readable_by_others(path, "签名私钥")


@rule
def sealing_key() -> str:
    path = settings.SEALING_KEY_FILE
    if path is None:
        return "没有用 SEALING_KEY_FILE 指定加密密钥，数据库中的回调密钥无法保存。"
    try:
        read_keys(Path(path).read_text())
    except OSError:
        return f"加密密钥 {path} 读不到。"
    except ValueError:
        return f"加密密钥 {path} 应为每行一个 32 字节密钥的 base64：可用 openssl rand -base64 32 生成。"
    return _readable_by_others(path, "加密密钥")


def _readable_by_others(path: Path | str, what: str) -> str:
    is_open = Path(path).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return f"{what} {path} 能被其他系统账号读取：请执行 chmod 600。" if is_open else ""


@rule
def broker() -> str:
    has_broker = not settings.CELERY_BROKER_URL.startswith(("filesystem:", "memory:"))
    return "" if has_broker else "没有用 CELERY_BROKER_URL 指定消息服务（Redis 或 RabbitMQ）。"


@rule
def metrics() -> str:
    token = settings.METRICS_TOKEN
    if token is not None and len(token) < SHORTEST_METRICS_TOKEN:
        return f"METRICS_TOKEN 过短：应为至少 {SHORTEST_METRICS_TOKEN} 个字符的随机串。"
    is_public = any(network.is_global or network.prefixlen == 0 for network in settings.METRICS_NETWORKS)
    return "METRICS_NETWORKS 含有公网网段：指标只供内部网络读取。" if is_public else ""


@rule
def egress() -> str:
    if settings.EGRESS_LOOPBACK_NETWORKS:
        return "EGRESS_LOOPBACK_NETWORKS 向本机网段开放了出口，只供开发与测试。"
    ca_file = settings.EGRESS_CA_FILE
    if ca_file is None:
        return ""
    try:
        load_pem_x509_certificates(Path(ca_file).read_bytes())
    except OSError:
        return f"EGRESS_CA_FILE 指定的证书文件 {ca_file} 读不到。"
    except ValueError:
        return f"EGRESS_CA_FILE 指定的 {ca_file} 不是 PEM 证书。"
    return ""


@rule
def embedded_database() -> str:
    is_embedded = settings.ENVIRONMENT.uses_embedded_database
    return "没有用 DATABASE_URL 指定数据库服务器，内置数据库只供开发与演示。" if is_embedded else ""


@rule
def database_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.rolsuper OR r.rolcreaterole OR r.rolbypassrls,
                   EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                           WHERE n.nspname = 'public' AND pg_has_role(session_user, c.relowner, 'MEMBER'))
              FROM pg_roles r WHERE r.rolname = session_user
            """
        )
        is_mighty, owns_tables = cursor.fetchone() or (True, True)
    if is_mighty:
        return "应用连接数据库的账号是超级用户，或能建角色：请换用只有读写权限的应用账号。"
    return (
        "应用连接数据库的账号是表的属主：请把属主账号写入 DATABASE_OWNER_URL，应用另用一个账号。" if owns_tables else ""
    )


@rule
def superusers() -> str:
    has_any = get_user_model()._default_manager.filter(is_superuser=True).exists()
    return "存在超级用户账号：正式环境实行三员分立，不设超级用户。" if has_any else ""


@rule
def demo_accounts() -> str:
    has_any = get_user_model()._default_manager.filter(is_demo=True, is_active=True).exists()
    return "存在启用的演示账号，其口令是公开的。" if has_any else ""
