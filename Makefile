# Environments, made from hashed lock files when they are first needed: .venv/ runs the pipeline (Sail,
# no Java), .venv-full/ also has Apache Spark and the tests, .venv-infra/ the scanner of Terraform,
# .venv-local/ the local AWS.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ENGINE ?= sail
FULL := .venv-full/bin
CODE := spark_jobs scripts step_functions docker tests

##@ Use
run: $(if $(filter spark,$(ENGINE)),.venv-full,.venv) ## A sample shop through three batches, tables on the screen (ENGINE=spark: by spark-submit)
ifeq ($(ENGINE),spark)
	@scripts/demo_spark_submit.sh
else
	@.venv/bin/orders demo
endif

generate: .venv ## A seeded shop under .local/generated (ORDERS=10000)
	@.venv/bin/orders generate .local/generated --orders $(or $(ORDERS),10000)

##@ On your laptop (AWS without an account; README, "The whole system on your laptop")
local-up: .venv .venv-local ## Start a local AWS and deploy to it (ARGS="--engine spark", --help tells more)
	@.venv-local/bin/python -m scripts.local_aws up $(ARGS)

local-status: .venv-local ## What runs there, batches, waiting files, last alerts (ARGS=--json)
	@.venv-local/bin/python -m scripts.local_aws status $(ARGS)

watch: .venv ## Follow a batch there, live, to its KPI changes (ARGS=--all: and the next ones)
	@scripts/watch.sh $(ARGS)

local-logs: .venv-local ## What jobs, Lambdas and state machine say (ARGS="--follow --batch ID")
	@.venv-local/bin/python -m scripts.local_aws logs $(ARGS)

local-down: .venv-local ## Stop it and remove all it stored
	@.venv-local/bin/python -m scripts.local_aws down $(ARGS)

##@ Deploy (to your AWS account; README, "On AWS")
doctor: .venv ## Is everything there that a deployment needs?
	@. scripts/settings.sh && .venv/bin/python scripts/doctor.py $(ARGS)

deploy: .venv ## Everything, from an empty account or after a change (ARGS=--yes: do not ask)
	@scripts/deploy.sh $(ARGS)

plan: package ## What `make deploy` would change
	@scripts/terraform.sh init -input=false > /dev/null
	@scripts/terraform.sh plan $(ARGS)

destroy: package ## Take everything down (see README first: data stays unless you say otherwise)
	@scripts/terraform.sh destroy $(ARGS)

package: .venv ## The Lambdas' zips, the same bytes from the same code
	@.venv/bin/python scripts/package_lambdas.py

build: ## The two images (ENGINE=spark for Apache Spark)
	@ENGINE=$(ENGINE) scripts/build_images.sh $(ARGS)

build-push: ## Build for Terraform's engine, push to ECR, tell Terraform the digests
	@scripts/push_to_cloud.sh $(ARGS)

##@ Prove
test: .venv .venv-full .venv-local ## All tests, on both engines (ARGS="-k name" to choose, WORKERS=0: one process)
	$(FULL)/python -m pytest -m "not soak and not e2e" -n $(or $(WORKERS),3) --dist loadgroup $(ARGS)

e2e: .venv .venv-full .venv-local package ## The whole system on a local AWS, every fault (ARGS="-k name" to choose, TASKS=containers)
	$(if $(TASKS),ORDERS_E2E_TASKS=$(TASKS) )$(FULL)/python -m pytest tests/e2e -m e2e --engine sail -v -n $(or $(WORKERS),4) --dist load --maxschedchunk 1 $(ARGS)

e2e-containers: .venv .venv-full .venv-local package ## A few of its cases in containers, where docker answers; else it says why not
	@scripts/e2e_in_containers.sh

check: .venv .venv-full .venv-infra .venv-local ## All of it; CI runs e2e-containers too
	@$(MAKE) --no-print-directory test
	@# Beside each other, for the first two minutes of e2e are Terraform's own waiting.
	@$(MAKE) --no-print-directory --jobs=2 static e2e
	@$(MAKE) --no-print-directory documents

static: lint types check-terraform check-asl ## What needs no run of the pipeline

check-terraform: .venv-infra ## Terraform: format, validation, tests on mocks, security scan
	@scripts/check_terraform.sh

check-asl: .venv-full ## State machine: syntax, actions, every parameter's name
	@$(FULL)/python scripts/check_asl.py

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
	$(FULL)/shellcheck scripts/*.sh scripts/local_aws/*.sh docker/*.sh .ci/*
	$(FULL)/hadolint docker/Dockerfile

types: .venv-full ## Types, strictly
	$(FULL)/mypy

format: .venv-full ## Format, and mend what can be mended
	$(FULL)/ruff check --fix $(CODE)
	$(FULL)/ruff format $(CODE)

lock: .venv ## Compile the lock files anew (ARGS=--upgrade for newer versions)
	PATH="$(CURDIR)/.local/bootstrap/bin:$$PATH" scripts/compile_requirements.sh $(ARGS)

clean: ## Remove what tests and builds left, and both environments; lakes under .local/ stay
	rm -rf .venv .venv-full .venv-infra .venv-local .local/bootstrap .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache build dist *.egg-info

help: ## This
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*##/ {printf "  make %-16s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv: .venv/.ready
.venv-full: .venv-full/.ready
.venv-infra: .venv-infra/.ready
.venv-local: .venv-local/.ready

SET_UP := pyproject.toml scripts/set_up.sh requirements/bootstrap.txt
.venv/.ready: $(SET_UP) requirements/light.txt
	@scripts/set_up.sh light .venv

.venv-full/.ready: $(SET_UP) requirements/full.txt requirements/spark-packages.txt scripts/prepare_spark.py
	@scripts/set_up.sh full .venv-full

.venv-infra/.ready: scripts/set_up.sh requirements/bootstrap.txt requirements/infra.txt
	@scripts/set_up.sh infra .venv-infra

.venv-local/.ready: scripts/set_up.sh requirements/bootstrap.txt requirements/local.txt
	@scripts/set_up.sh local .venv-local

.PHONY: run generate local-up local-status watch local-logs local-down doctor deploy plan destroy package build build-push test check static check-terraform \
  check-asl documents bench soak e2e e2e-containers lint types format lock clean help .venv .venv-full .venv-infra .venv-local
