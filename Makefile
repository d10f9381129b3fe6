PYTHON ?= python3
BIN = .venv/bin
PORT ?= 8000

.PHONY: run test lock messages

run: .venv/runtime
	$(BIN)/python manage.py prepare
	$(BIN)/python manage.py runserver $(PORT)

test: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest $(TESTS)

lock: .venv/development
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt requirements.in requirements-dev.in -o requirements-dev.txt

messages: .venv/development
	$(BIN)/python manage.py makemessages -l ja -l zh_Hans -l ko --no-location --no-wrap -i .venv
	$(BIN)/python manage.py compilemessages -i .venv

.venv/runtime: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

.venv/development: requirements-dev.txt .venv/runtime
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@
