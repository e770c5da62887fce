// Runs ONNX models that come in on stdin with ONNX Runtime on the CPU; writes their outputs to stdout. One process serves any number of models.
//
// A message, either way, is the length of its header in bytes (uint32, little-endian), the header (JSON), and the bytes the header speaks of.
//   request   {"model": bytes, "inputs": [{"name", "type", "dims", "bytes"}]}      the model, then the inputs
//   answer    {"outputs": [{"name", "type", "dims", "bytes"}]} or {"error": text}  the outputs
// The first message is an answer to no request: {"version": text}.
import ort from "onnxruntime-node";
import { readFileSync, readSync, writeSync } from "node:fs";

const arrays = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };
const options = { executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };

/// Exactly `count` bytes of stdin; null at its end.
function read(count) {
  const buffer = Buffer.alloc(count);
  for (let at = 0; at < count; ) {
    const got = readSync(0, buffer, at, count - at, null);
    if (got === 0) return null;
    at += got;
  }
  return buffer;
}

function write(header, parts) {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const all = Buffer.concat([length, text, ...parts]);
  for (let at = 0; at < all.length; ) at += writeSync(1, all, at);
}

async function answer(request) {
  const model = read(request.model);
  const feeds = {};
  for (const { name, type, dims, bytes } of request.inputs) {
    const data = read(bytes);
    const array = new arrays[type](data.buffer.slice(data.byteOffset, data.byteOffset + bytes));
    feeds[name] = new ort.Tensor(type, array, dims);
  }
  const session = await ort.InferenceSession.create(model, options);
  try {
    const results = await session.run(feeds);
    const outputs = [];
    const parts = [];
    for (const name of session.outputNames) {
      const { type, dims, data } = results[name];
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      outputs.push({ name, type, dims, bytes: bytes.length });
      parts.push(bytes);
    }
    write({ outputs }, parts);
  } finally {
    await session.release();
  }
}

const manifest = new URL("node_modules/onnxruntime-node/package.json", import.meta.url);
write({ version: JSON.parse(readFileSync(manifest, "utf8")).version }, []);
for (;;) {
  const length = read(4);
  if (length === null) break;
  const request = JSON.parse(read(length.readUInt32LE()).toString());
  try {
    await answer(request);
  } catch (error) {
    write({ error: String(error.message ?? error) }, []);
  }
}
