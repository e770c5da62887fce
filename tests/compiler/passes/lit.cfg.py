# lit configuration: SOFTDPU_BIN holds softdpu-opt, LLVM_BIN holds FileCheck. CTest sets both.
import os

import lit.formats

config.name = "softdpu"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.environ["SOFTDPU_LIT_OUTPUT"]
for directory in (os.environ["LLVM_BIN"], os.environ["SOFTDPU_BIN"]):
    config.environment["PATH"] = directory + os.pathsep + config.environment["PATH"]
if "SOFTDPU_CONFIGS" in os.environ:
    config.environment["SOFTDPU_CONFIGS"] = os.environ["SOFTDPU_CONFIGS"]
