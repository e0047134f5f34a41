# make run      everything, at http://localhost:8000/ (PORT=… for another port)      make stop   stops it
# make test     what proves it                                                       make check  what CI asks before that
# make setup    .venv from the locked requirements                                   make lock   locks them anew

SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WAGTAIL := var/wagtail
RENDERERS := var/renderers/.installed
ENGINES := var/engines/.installed
SUITE := $(BIN)/python -m pytest --numprocesses=logical --dist=worksteal --durations=40
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links

.PHONY: bench shanghai deployment-test database-test drills run stop setup test check static-checks openapi openapi-check lock clean browser

setup: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@command -v $(PYTHON) >/dev/null || { echo "没有找到 $(PYTHON)：请安装 Python 3.11，或用 PYTHON=… 指定。" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "不能建立虚拟环境：Debian 上请安装 python3.11-venv。" >&2; exit 1; }
	@echo "正在安装依赖……"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

run: setup
	@exec $(BIN)/python -m opsplatform.runtime.launch run

stop: setup
	@$(BIN)/python -m opsplatform.runtime.launch stop

test: setup browser $(RENDERERS) $(ENGINES)
	$(SUITE) $(PYTEST_ARGUMENTS)

# The tests whose outcome another database server can change; DATABASE_URL names that server. They wait for it and for
# each other: one process more than there are processors.
database-test: setup
	$(SUITE) --numprocesses=$$(($$(getconf _NPROCESSORS_ONLN) + 1)) --database-only $(PYTEST_ARGUMENTS)

# The long form of what the tests do in short: every point of a crash, every malformed body, a city's load.
drills: setup browser $(RENDERERS) $(ENGINES)
	$(BIN)/python -m pytest -m drill --long $(PYTEST_ARGUMENTS)

check: static-checks browser $(RENDERERS) $(ENGINES)
	$(SUITE) $(PYTEST_ARGUMENTS)

static-checks: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	LOG_LEVEL=WARNING $(BIN)/python manage.py lintmigrations --settings opsplatform.settings.linting
	$(MAKE) --no-print-directory openapi-check

openapi: setup
	@mkdir -p var
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file openapi.yaml

openapi-check: setup
	@mkdir -p var
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/openapi.yaml
	@diff -u openapi.yaml var/openapi.yaml || { echo "openapi.yaml 与代码不一致：请运行 make openapi 并提交。" >&2; exit 1; }

# Ratios, measured side by side on a database of their own; GROUPS=… for some rows only.
bench: export DATABASE_NAME = opsplatform_bench
bench: setup $(WAGTAIL)/.installed
	@$(BIN)/python manage.py setup_database >/dev/null
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py prepare_demo --settings benchmarks.settings >/dev/null
	@$(BIN)/python -m benchmarks $(GROUPS)

# What the bench compares with, in an environment of its own.
$(WAGTAIL)/.installed: benchmarks/wagtail_site/requirements.txt
	@test -x $(WAGTAIL)/bin/python || $(PYTHON) -m venv $(WAGTAIL)
	@$(WAGTAIL)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# An installation of the size of Shanghai, in some minutes; made anew only where migrations or generator have changed.
shanghai: setup
	@$(BIN)/python -m benchmarks.shanghai

# A production installation on this machine: PostgreSQL and brokers that run already, nginx with TLS, killed processes.
deployment-test: setup
	@$(BIN)/python -m deployment

# Chromium and a Chinese font for the tests that look at pages.
browser:
	@.ci/browser

# The renderers of others that the tests show our forms with; nothing of them is part of the product.
$(RENDERERS): themes/tests/renderers/package-lock.json
	@.ci/npm themes/tests/renderers var/renderers
	@touch $@

# A rule engine of others and the XSD of its language, which the tests hold our exports against.
$(ENGINES): themes/guidance/interchange/tests/engines/package-lock.json
	@.ci/npm themes/guidance/interchange/tests/engines var/engines
	@touch $@

lock: setup
	$(LOCK) --output-file=requirements.txt requirements.in
	$(LOCK) --output-file=requirements-dev.txt requirements-dev.in
	$(LOCK) --output-file=benchmarks/wagtail_site/requirements.txt benchmarks/wagtail_site/requirements.in

clean:
	@test ! -x $(BIN)/python || $(BIN)/python -m opsplatform.runtime.launch wipe
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
