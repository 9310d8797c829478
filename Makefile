# make demo         compile a pretrained network and name what is in three photographs
# make test         everything a change must pass: style, types, tests; what runs compiled code
#                   also as if this machine were x86-64-v3 and x86-64-v2
# make conformance  the official ONNX cases through compiled code; writes docs/conformance.md
# make matrix       operator cases and networks on every target, and under sanitizers
# make networks     trained networks out of packages, beside ONNX Runtime; writes docs/networks.md
# make fuzz         20,000 damaged model files, and 20,000 graphs around the patterns of the passes
# make sweep        8,400 random models beside ONNX Runtime
# make bench        all networks on all engines, side by side; writes docs/benchmarks.md and .html
# make regret       what the untuned choice of kernels loses on 60 layers, on this machine
# make compare      three networks against ONNX Runtime
# make clean        remove what these made
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

PYTEST = $(BIN)/python -m pytest -q -n 2 --dist worksteal

# $(call install,WHAT): into the virtual environment; a failure is one message, all of it in a file.
install = @echo "installing $(1) into $(VENV)"; \
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --retries 1 -e "$(1)" \
		>$(VENV)/install.log 2>&1 || { \
	printf "make: package '%s': expected pip to install it, got '%s'; %s\n" "$(1)" \
		"$$(grep -m 1 ERROR $(VENV)/install.log)" \
		"check that this machine reaches a package index, then try again (all of it: $(VENV)/install.log)" \
		>&2; exit 1; }

demo: $(VENV)/user
	@$(BIN)/python -m demo

test: $(VENV)/developer
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST)
	levels=$$($(BIN)/python -m tests.levels) && for level in $$levels; do \
	    echo "as if this machine were $$level"; TINSMITH_NATIVE=$$level \
	    $(PYTEST) -m "cc and not (one_target or qemu or net)" || exit 1; done

conformance: $(VENV)/developer
	$(BIN)/python -m tests.conformance --write docs/conformance.md

$(VENV)/user: pyproject.toml
	@$(PYTHON) -m venv $(VENV)
	$(call install,.)
	@touch $@

$(VENV)/developer: $(VENV)/user
	$(call install,.[dev])
	@touch $@

matrix: $(VENV)/developer
	for target in c x86-64-v2 x86-64-v3 x86-64-v4 cortex-a53 cortex-a7; do \
	    $(BIN)/python -m tests.matrix $$target --networks || exit 1; done
	$(BIN)/python -m tests.matrix native --cc gcc --sanitize
	$(BIN)/python -m tests.matrix native --cc gcc
	$(BIN)/python -m tests.matrix native --cc clang

networks: $(VENV)/developer
	$(BIN)/python -m tests.networks --write docs/networks.md

fuzz: $(VENV)/developer
	$(BIN)/python -m tests.robustness.fuzz --count 20000 --seed 0 --jobs 2
	$(BIN)/python -m tests.passes.generator --count 20000 --seed 0 --jobs 2
	$(BIN)/python -m tests.passes.generator --zoo

# An interrupted run goes on where it was.
sweep: $(VENV)/developer
	$(BIN)/python -m tests.sweep

$(VENV)/bench: $(VENV)/user
	$(call install,.[bench])
	@touch $@

# An interrupted run goes on where it was: build/bench keeps what is measured and has not changed.
bench: $(VENV)/bench
	$(BIN)/tinsmith bench --zoo --threads 1,2 --seconds 0.6 --keep build/bench \
	    --engines tinsmith,onnxruntime,openvino,ncnn,mnn,litert,executorch,torch_eager \
	    --md docs/benchmarks.md --html docs/benchmarks.html

# Engines that take minutes to compile or tune each network, on four of them.
bench-compilers: $(VENV)/bench
	$(BIN)/tinsmith bench squeezenet1.0 mobilenetv2 resnet18 resnet50 --threads 1,2 --seconds 0.6 \
	    --keep build/bench-compilers --engines tinsmith,torch_compiled,iree,tvm \
	    --md docs/benchmarks-compilers.md --html docs/benchmarks-compilers.html

compare: $(VENV)/developer
	$(BIN)/tinsmith bench squeezenet1.0 resnet50 mobilenetv2 --engines tinsmith,onnxruntime \
	    --threads 1,2

regret: $(VENV)/developer
	$(BIN)/python -m benchmarks.regret

clean:
	rm -rf build $(VENV)

.PHONY: demo test conformance matrix networks fuzz sweep bench bench-compilers compare regret clean
