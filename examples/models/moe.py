#!/usr/bin/env python3
"""Layers of a mixture of experts with random weights: a router, and experts.

    python3 moe.py --batch 64 --experts 16 --mesh 1x8

The experts are spread over the chips of the mesh. To read no result, all of them compute every token, and are weighted alike by
the share of the two most probable ones: the memory is that of a mixture, the values are not.
"""
import argparse

import ttnn


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=32, help="tokens")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--experts", type=int, default=8)
    parser.add_argument("--mesh", default="1x1", help="rows x columns")
    return parser.parse_args()


class Layer:
    def __init__(self, device, args, chips):
        def random(*shape):
            return ttnn.rand(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

        self.here = args.experts // chips
        self.router = random(1, 1, args.dim, max(args.experts, 64))
        self.experts = [(random(1, 1, args.dim, 4 * args.dim), random(1, 1, 4 * args.dim, args.dim)) for _ in range(self.here)]

    def forward(self, x):
        weights, _ = ttnn.topk(ttnn.softmax(ttnn.linear(x, self.router), dim=-1), k=2, dim=-1)
        share = ttnn.sum(weights, dim=-1, keepdim=True)
        total = x
        for up, down in self.experts:
            hidden = ttnn.linear(x, up, activation="gelu", memory_config=ttnn.L1_MEMORY_CONFIG)
            out = ttnn.mul(ttnn.linear(hidden, down), share)
            ttnn.deallocate(hidden)
            total = ttnn.add(total, out)
        return total


def main():
    args = arguments()
    rows, columns = (int(word) for word in args.mesh.split("x"))
    dispatch = ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER)  # what all machines have
    device = ttnn.open_mesh_device(ttnn.MeshShape(rows, columns), dispatch_core_config=dispatch)
    layers = [Layer(device, args, rows * columns) for _ in range(args.layers)]
    x = ttnn.zeros([1, 1, args.batch, args.dim], dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    for layer in layers:
        x = layer.forward(x)
    print("tokens", list(x.shape))
    ttnn.close_mesh_device(device)


if __name__ == "__main__":
    main()
