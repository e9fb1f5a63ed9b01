# Two environments: .venv/ runs the pipeline (Sail, no Java); .venv-full/ also has Apache Spark and
# the tests. Both are made from hashed lock files when they are first needed.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ENGINE ?= sail
FULL := .venv-full/bin
CODE := spark_jobs scripts tests

##@ Use
run: $(if $(filter spark,$(ENGINE)),.venv-full,.venv) ## A sample shop through three batches, tables on the screen (ENGINE=spark: by spark-submit)
ifeq ($(ENGINE),spark)
	@scripts/demo_spark_submit.sh
else
	@.venv/bin/orders demo
endif

generate: .venv ## A seeded shop under .local/generated (ORDERS=10000)
	@.venv/bin/orders generate .local/generated --orders $(or $(ORDERS),10000)

##@ Prove
test: .venv-full ## All tests, on both engines (ARGS="-k name" to choose)
	$(FULL)/python -m pytest -m "not soak" $(ARGS)

check: lint types test documents ## What CI runs: lint, types, tests, the documents' commands

documents: .venv .venv-full ## Run the commands that the documents show
	$(FULL)/python scripts/check_documents.py

bench: .venv-full ## Speed beside DuckDB and Apache Spark (SCALE=10, ARGS=--full)
	$(FULL)/python -m scripts.bench --scale $(or $(SCALE),10) $(ARGS)

soak: .venv-full ## Kill runs at random moments, for a long time
	$(FULL)/python -m pytest -m soak --timeout 0 $(ARGS)

##@ Keep
lint: .venv-full ## Style, and which part may import which
	$(FULL)/ruff check $(CODE)
	$(FULL)/ruff format --check $(CODE)
	$(FULL)/lint-imports

types: .venv-full ## Types, strictly
	$(FULL)/mypy

format: .venv-full ## Format, and mend what can be mended
	$(FULL)/ruff check --fix $(CODE)
	$(FULL)/ruff format $(CODE)

lock: .venv ## Compile the lock files anew (ARGS=--upgrade for newer versions)
	PATH="$(CURDIR)/.local/bootstrap/bin:$$PATH" scripts/compile_requirements.sh $(ARGS)

clean: ## Remove what tests and builds left, and both environments; lakes under .local/ stay
	rm -rf .venv .venv-full .local/bootstrap .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache build dist *.egg-info

help: ## This
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*##/ {printf "  make %-10s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: .venv/.ready
.venv-full: .venv-full/.ready

SET_UP := pyproject.toml scripts/set_up.sh requirements/bootstrap.txt
.venv/.ready: $(SET_UP) requirements/light.txt
	@scripts/set_up.sh light .venv

.venv-full/.ready: $(SET_UP) requirements/full.txt requirements/spark-packages.txt scripts/prepare_spark.py
	@scripts/set_up.sh full .venv-full

.PHONY: run generate test check documents bench soak lint types format lock clean help .venv .venv-full
