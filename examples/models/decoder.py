#!/usr/bin/env python3
"""A transformer decoder with random weights: prefill, then decode from a trace, with a KV cache.

    python3 decoder.py --batch 8 --layers 4 --mesh 2x4

The columns of the mesh share each layer (tensor parallelism): a chip has its heads and its part of the MLP, and partial sums
are added up with ttnn.all_reduce. The rows of the mesh each have a batch of their own. No result is read.
"""
import argparse

import ttnn

HEAD, TILE = 64, 32


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=4, help="sequences per row of the mesh")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--kv-heads", type=int, default=8, help="at least the columns of the mesh; queries have twice as many")
    parser.add_argument("--context", type=int, default=1024, help="tokens for which the KV cache has room")
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--mesh", default="1x1", help="rows x columns")
    parser.add_argument("--trace-region", type=int, default=8 << 20, help="bytes")
    return parser.parse_args()


def open_mesh(rows, columns, **options):
    options["dispatch_core_config"] = ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER)  # what all machines have
    if columns > 1:
        ttnn.set_fabric_config(ttnn.FabricConfig.FABRIC_1D)  # for all_reduce
    return ttnn.open_mesh_device(ttnn.MeshShape(rows, columns), **options)


class Decoder:
    def __init__(self, device, args, columns):
        self.device, self.columns = device, columns
        self.heads, self.kv_heads = 2 * args.kv_heads // columns, args.kv_heads // columns
        self.batch, vocabulary, hidden = args.batch, 8192, 4 * args.dim // columns
        self.embedding = self.random(1, 1, vocabulary, args.dim, layout=ttnn.ROW_MAJOR_LAYOUT)
        self.layers = []
        for _ in range(args.layers):
            self.layers.append({
                "norm": self.random(1, 1, 1, args.dim), "mlp_norm": self.random(1, 1, 1, args.dim),
                "qkv": self.random(1, 1, args.dim, (self.heads + 2 * self.kv_heads) * HEAD),
                "out": self.random(1, 1, self.heads * HEAD, args.dim),
                "gate": self.random(1, 1, args.dim, hidden), "up": self.random(1, 1, args.dim, hidden),
                "down": self.random(1, 1, hidden, args.dim),
                "keys": self.random(args.batch, self.kv_heads, args.context, HEAD),
                "values": self.random(args.batch, self.kv_heads, args.context, HEAD),
            })
        self.head = self.random(1, 1, args.dim, vocabulary // columns)

    def random(self, *shape, layout=ttnn.TILE_LAYOUT):
        return ttnn.rand(shape, dtype=ttnn.bfloat16, layout=layout, device=self.device)

    def add_up(self, partial):
        return partial if self.columns == 1 else ttnn.all_reduce(partial, cluster_axis=1)

    def mlp(self, layer, x):
        normed = ttnn.rms_norm(x, epsilon=1e-5, weight=layer["mlp_norm"])
        hidden = ttnn.mul(ttnn.linear(normed, layer["gate"], activation="silu"), ttnn.linear(normed, layer["up"]))
        return ttnn.add(x, self.add_up(ttnn.linear(hidden, layer["down"])))

    def prefill(self, tokens, user):
        """One sequence of the batch."""
        x = ttnn.unsqueeze_to_4D(ttnn.embedding(tokens, self.embedding, layout=ttnn.TILE_LAYOUT))
        for layer in self.layers:
            qkv = ttnn.linear(ttnn.rms_norm(x, epsilon=1e-5, weight=layer["norm"]), layer["qkv"])
            q, k, v = ttnn.experimental.nlp_create_qkv_heads(
                qkv, num_heads=self.heads, num_kv_heads=self.kv_heads, transpose_k_heads=False)
            ttnn.deallocate(qkv)
            ttnn.fill_cache(layer["keys"], k, user)
            ttnn.fill_cache(layer["values"], v, user)
            attended = ttnn.transformer.scaled_dot_product_attention(q, k, v, is_causal=True)
            attended = ttnn.experimental.nlp_concat_heads(attended)
            x = ttnn.add(x, self.add_up(ttnn.linear(attended, layer["out"])))
            x = self.mlp(layer, x)

    def decode(self, tokens, position):
        """The next token of every sequence."""
        x = ttnn.unsqueeze_to_4D(ttnn.embedding(tokens, self.embedding, layout=ttnn.TILE_LAYOUT))
        for layer in self.layers:
            qkv = ttnn.linear(ttnn.rms_norm(x, epsilon=1e-5, weight=layer["norm"]), layer["qkv"])
            q, k, v = ttnn.experimental.nlp_create_qkv_heads(
                qkv, num_heads=self.heads, num_kv_heads=self.kv_heads, transpose_k_heads=False)
            ttnn.update_cache(layer["keys"], k, position)
            ttnn.update_cache(layer["values"], v, position)
            q = ttnn.permute(q, (0, 2, 1, 3))  # [1, batch, heads, HEAD]
            attended = ttnn.transformer.scaled_dot_product_attention_decode(
                q, layer["keys"], layer["values"], cur_pos=[position] * self.batch)
            attended = ttnn.experimental.nlp_concat_heads(ttnn.permute(attended, (0, 2, 1, 3)))
            x = ttnn.add(x, self.add_up(ttnn.linear(attended, layer["out"])))
            x = self.mlp(layer, x)
        return ttnn.linear(x, self.head)


def main():
    args = arguments()
    rows, columns = (int(word) for word in args.mesh.split("x"))
    device = open_mesh(rows, columns, trace_region_size=args.trace_region)
    model = Decoder(device, args, columns)

    def tokens(count):
        return ttnn.zeros([1, count], dtype=ttnn.uint32, layout=ttnn.ROW_MAJOR_LAYOUT, device=device)

    prompt = tokens(args.prompt)
    for user in range(args.batch):
        model.prefill(prompt, user)
    step = tokens(args.batch)
    model.decode(step, args.prompt)  # compiles all programs, as a trace wants it
    trace = ttnn.begin_trace_capture(device, cq_id=0)
    logits = model.decode(step, args.prompt)
    ttnn.end_trace_capture(device, trace, cq_id=0)
    for _ in range(args.steps):
        ttnn.execute_trace(device, trace, cq_id=0, blocking=False)
    ttnn.synchronize_device(device)
    print("logits", list(logits.shape))
    ttnn.release_trace(device, trace)
    ttnn.close_mesh_device(device)


if __name__ == "__main__":
    main()
