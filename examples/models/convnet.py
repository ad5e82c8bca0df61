#!/usr/bin/env python3
"""A convolutional network whose weights are zeros, and whose activations are sharded over the cores' L1.

    python3 convnet.py --batch 4 --size 112 --l1-small 32768

ttnn's convolutions and pools keep their tables of the halo in L1_SMALL: without an l1_small_size they fail.
"""
import argparse

import ttnn


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--layers", type=int, default=2, help="convolutions per stage")
    parser.add_argument("--size", type=int, default=56, help="of the image: rows and columns")
    parser.add_argument("--mesh", default="1x1", help="rows x columns; each chip has a batch of its own")
    parser.add_argument("--l1-small", type=int, default=32768, help="bytes per core")
    return parser.parse_args()


class Network:
    def __init__(self, device, args):
        self.device, self.batch, self.convolutions = device, args.batch, args.layers
        self.config = ttnn.Conv2dConfig(weights_dtype=ttnn.bfloat16, shard_layout=ttnn.TensorMemoryLayout.HEIGHT_SHARDED)

    def convolution(self, x, inputs, outputs, size):
        kernel = ttnn.Tensor([0.0] * (outputs * inputs * 9), [outputs, inputs, 3, 3], ttnn.bfloat16, ttnn.ROW_MAJOR_LAYOUT)
        return ttnn.conv2d(
            input_tensor=x, weight_tensor=kernel, in_channels=inputs, out_channels=outputs, device=self.device,
            kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), batch_size=self.batch, input_height=size, input_width=size,
            conv_config=self.config)

    def pool(self, x, channels, size):
        x = ttnn.to_layout(ttnn.sharded_to_interleaved(x, ttnn.L1_MEMORY_CONFIG), ttnn.ROW_MAJOR_LAYOUT)
        return ttnn.max_pool2d(
            input_tensor=x, batch_size=self.batch, input_h=size, input_w=size, channels=channels, kernel_size=[2, 2],
            stride=[2, 2], padding=[0, 0], dilation=[1, 1])

    def forward(self, image, size):
        x, inputs = image, 32
        for outputs in (32, 64):
            for _ in range(self.convolutions):
                x = ttnn.relu(self.convolution(x, inputs, outputs, size))
                inputs = outputs
            x = self.pool(x, outputs, size)
            size //= 2
        return x


def main():
    args = arguments()
    rows, columns = (int(word) for word in args.mesh.split("x"))
    dispatch = ttnn.DispatchCoreConfig(ttnn.DispatchCoreType.WORKER)  # what all machines have
    device = ttnn.open_mesh_device(ttnn.MeshShape(rows, columns), l1_small_size=args.l1_small, dispatch_core_config=dispatch)
    image = ttnn.zeros([1, 1, args.batch * args.size * args.size, 32], dtype=ttnn.bfloat16, layout=ttnn.ROW_MAJOR_LAYOUT,
                       device=device)
    features = Network(device, args).forward(image, args.size)
    print("features", list(features.shape))
    ttnn.close_mesh_device(device)


if __name__ == "__main__":
    main()
