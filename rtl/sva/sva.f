// Assertions, bound to the modules they watch; for simulation only.
sva.vlt
fifo_sva.sv
tail_queue_sva.sv
loader_sva.sv
mvm_issue_sva.sv
beat_issue_sva.sv
decoder_sva.sv
sequencer_sva.sv
dpu_top_sva.sv
