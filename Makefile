# make run       the site on http://127.0.0.1:8000/ (PORT=8001 for another port)
# make test      everything; TESTS=tests/test_dates.py for a part
# make bench     what finding exchanges costs; SIZES="1000 10000" for other sizes
# make bench-serving   what serving pages costs; PARTS="nginx publishing" for some
# make lock      pin what requirements.in, requirements-s3.in and requirements-dev.in name
# make messages  collect and compile the words of the interface

PYTHON ?= python3
PORT ?= 8000
BIN = .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
PIN = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: run test bench bench-serving lock messages
.DELETE_ON_ERROR:

run: .venv/runtime
	$(BIN)/python manage.py prepare
	$(BIN)/python manage.py runserver $(PORT)

test: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(TESTS)

bench: .venv/development
	$(BIN)/python -m tests.benchmarks.finding $(SIZES)

bench-serving: .venv/development
	$(BIN)/python -m tests.benchmarks.serving $(PARTS)

lock: .venv/development
	test -x $(BIN)/uv || $(INSTALL) uv
	$(PIN) requirements.in -o requirements.txt
	$(PIN) -c requirements.txt requirements-s3.in -o requirements-s3.txt
	$(PIN) -c requirements.txt requirements.in requirements-s3.in requirements-dev.in -o requirements-dev.txt

messages: .venv/development
	$(BIN)/python manage.py makemessages -l ja -l zh_Hans -l ko --no-location --no-wrap -i .venv
	$(BIN)/python manage.py compilemessages -i .venv

# The two files below record when the packages were last installed.

.venv/runtime: requirements.txt $(BIN)/python
	@echo "Installing what the site needs"
	$(INSTALL) --require-hashes -r requirements.txt
	touch $@

.venv/development: requirements-dev.txt .venv/runtime
	@echo "Installing what the tests need"
	$(INSTALL) --require-hashes -r requirements-dev.txt
	touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  "Python 3.11 or later is needed. If it has another name: make run PYTHON=python3.12"; \
	  exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv"; \
	  exit 1; }
	$(PYTHON) -m venv --clear .venv
