# make bench    train and compare losses            make sweep STUDY=wide     run a study
# make test     run the tests                       make status STUDY=wide    how it stands
# make quick-test  without whole programs and published studies; make docs builds the site
# make coverage what the tests run through          make lint                 formatting, types, layers
# make speed    time a training step                make scale                time large studies
# make gpu      check a GPU, find how it trains fastest, and what the paper's searches would cost on it
# make profile  the costliest operations of a step, and a trace
# make help     what can be set

LOSS = lsgan
SEEDS = 10
DATASET = fashion-mnist
BUDGET = quick
DEVICE = auto
HYPERPARAMETERS =
VARIANT = paper
PENALTY = none
NORMALISATION = setting
EXTRACTOR = layers
COMPILE = yes
STUDY = quick
TRIALS = 4
CLAIM =
EXECUTOR = local
CLUSTER =
OPTIONS =

PYTHON = python3
VENV = .venv
READY = $(VENV)/ready

.PHONY: bench sweep status reproduce claims tune notebook pages docs test quick-test coverage speed scale gpu profile lint lock help

bench: $(READY)
	@$(VENV)/bin/ganbench bench --loss "$(LOSS)" --seeds "$(SEEDS)" --dataset "$(DATASET)" --budget "$(BUDGET)" \
	  --device "$(DEVICE)" --variant "$(VARIANT)" --extractor "$(EXTRACTOR)" \
	  --penalty "$(PENALTY)" --normalisation "$(NORMALISATION)" \
	  $(if $(HYPERPARAMETERS),--hyperparameters "$(HYPERPARAMETERS)") $(if $(filter no,$(COMPILE)),--no-compile)

sweep: $(READY)
	@$(VENV)/bin/ganbench run "$(STUDY)" --executor "$(EXECUTOR)" --device "$(DEVICE)" $(if $(CLUSTER),--cluster "$(CLUSTER)") \
	  $(if $(filter no,$(COMPILE)),--no-compile)

status: $(READY)
	@$(VENV)/bin/ganbench status "$(STUDY)"

reproduce: $(READY)
	@$(VENV)/bin/ganbench reproduce "$(STUDY)" --trials "$(TRIALS)" --device "$(DEVICE)" $(OPTIONS)

claims: $(READY)
	@$(VENV)/bin/ganbench claims $(CLAIM) --device "$(DEVICE)" $(OPTIONS)

# Searches the default hyperparameters of the quick and the standard budget and makes them the default.
tune: $(READY)
	$(VENV)/bin/ganbench run fashion-standard
	$(VENV)/bin/python -m measurements.tuned_defaults

# Runs the notebook on the published tables and keeps its outputs.
notebook: $(READY)
	$(VENV)/bin/python notebooks/execute.py

# Writes the numbers and tables that stand in pages between marks, from the published tables (measurements/pages/blocks.py).
pages: $(READY)
	$(VENV)/bin/python -m measurements.pages.blocks $(OPTIONS)

# The site, in site/: its pages, links and references are checked, and it needs no web.
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict
	@echo "Open site/index.html."

test: $(READY)
	$(VENV)/bin/pytest

quick-test: $(READY)
	$(VENV)/bin/pytest -m "not slow" --ignore=tests/end_to_end --ignore=tests/published

# A report, and no bound to pass: what only processes of their own run through counts as not covered.
coverage: $(READY)
	$(VENV)/bin/pytest --cov --cov-report=term-missing:skip-covered $(OPTIONS)

speed scale: $(READY)
	$(VENV)/bin/python -m measurements.$@ $(OPTIONS)

gpu: $(READY)
	@$(VENV)/bin/ganbench gpu $(if $(filter-out auto,$(DEVICE)),--device "$(DEVICE)") $(OPTIONS)

profile: $(READY)
	@$(VENV)/bin/python -m measurements.profile --loss "$(LOSS)" --device "$(DEVICE)" $(OPTIONS)

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	git ls-files -z | xargs -0 $(VENV)/bin/codespell

.PHONY: wheel
wheel: $(READY)
	@.ci/wheel $(VENV)/bin/python

# Needs uv; the lock holds for every platform and Python >= 3.11.
lock:
	uv pip compile --no-annotate pyproject.toml --extra dev --extra docs --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -q -o requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name one: make PYTHON=python3.12 ..."; exit 2; }
	@echo "Making the locked environment in $(VENV), once: PyTorch and what it needs, about 5.8 GB; 90 seconds to 5 minutes, as measured."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(VENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
	@echo "The environment is ready."

help:
	@echo "make bench LOSS=lsgan SEEDS=10    also: DATASET= BUDGET=quick|standard|paper|smoke HYPERPARAMETERS=paper|tuned|TABLE.csv"
	@echo "                                  PENALTY=none|gp|dragan|r1|r2 NORMALISATION=setting|none|batch|layer|spectral"
	@echo "                                  VARIANT=paper|v1|paper,v1 DEVICE=auto|cpu|cuda COMPILE=yes|no"
	@echo "                                  EXTRACTOR=layers|classifier|efficientnet|inception"
	@echo "make sweep STUDY=quick            also: EXECUTOR=local|inline|slurm CLUSTER= DEVICE= COMPILE=; again, it goes on where it was"
	@echo "make status STUDY=quick"
	@echo "make reproduce STUDY=fashion-standard TRIALS=4   trains published trials again and compares the scores"
	@echo "make claims CLAIM=pearson         measures what is said of GAN losses; without CLAIM all of it"
	@echo "make wheel                        builds sdist and wheel, installs the wheel elsewhere and runs its first commands"
	@echo "make test | quick-test | lint | docs | tune | lock"
	@echo "make gpu                          checks a GPU, and measures how it trains fastest: 8 minutes"
	@echo "make profile LOSS=wgangp          the costliest operations of a step, and a trace"
	@echo "make coverage | speed | scale     also: OPTIONS=, of pytest or of the script, as in make scale OPTIONS='--trials 1000'"
	@test -x $(VENV)/bin/ganbench && $(VENV)/bin/ganbench list || true
