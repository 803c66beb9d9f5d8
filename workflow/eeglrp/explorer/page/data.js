"use strict";
// Pieces of data arrive as scripts: a page on a disk may run them, but not read files.
const explorer = { arrived: new Map(), cache: new Map(), screens: {} };

explorer.receive = (name, record) => explorer.arrived.set(name, record);

// So many pieces stay in memory; the one that was not used for longest goes first.
explorer.KEPT = 24;

explorer.load = name => {
  const known = explorer.cache.get(name);
  explorer.cache.delete(name);
  const piece = known || explorer.fetchScript(name).then(record => explorer.unpackAll(name, record));
  explorer.cache.set(name, piece);
  piece.catch(() => explorer.cache.delete(name));
  for (const oldest of explorer.cache.keys()) {
    if (explorer.cache.size <= explorer.KEPT) break;
    explorer.cache.delete(oldest);
  }
  return piece;
};

explorer.loadAll = (...names) => Promise.all(names.map(explorer.load));

explorer.fault = (name, problem) => new Error(`data/${name}.js ${problem}. Make the explorer again: make explore`);

explorer.fetchScript = name => new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = `data/${name}.js`;
  const fail = problem => reject(explorer.fault(name, problem));
  script.onload = () => {
    const record = explorer.arrived.get(name);
    explorer.arrived.delete(name);
    script.remove();
    if (record) resolve(record);
    else fail("is damaged");
  };
  script.onerror = () => { script.remove(); fail("is missing"); };
  document.head.append(script);
});

explorer.unpackAll = async (name, record) => {
  const unpacked = Object.entries(record).map(async ([key, value]) =>
    [key, value && value.dtype ? await explorer.unpack(value) : value]);
  try { return Object.fromEntries(await Promise.all(unpacked)); }
  catch { throw explorer.fault(name, "is damaged"); }
};

explorer.ARRAYS = { int8: Int8Array, int32: Int32Array, float32: Float32Array };

explorer.unpack = async packed => {
  const text = atob(packed.data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const values = new explorer.ARRAYS[packed.dtype](buffer);
  const size = packed.shape.reduce((a, b) => a * b, 1);
  if (values.length !== size) throw new Error("has the wrong size");
  return { values, shape: packed.shape, scale: packed.scale };
};

// Part of an array at these leading indices, times the step of rounding where there is one.
explorer.at = (array, ...indices) => {
  let size = array.values.length, start = 0;
  indices.forEach((index, axis) => { size /= array.shape[axis]; start += index * size; });
  const part = array.values.subarray(start, start + size);
  if (!array.scale) return part;
  return Float32Array.from(part, value => value * array.scale[indices[0]]);
};
