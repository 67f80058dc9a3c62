"""The networks of the survey and of the comparison tables: parameters and operations, exactly as published."""

import pytest
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from srlib import complexity, models
from srlib.models import blocks

SCALES = (2, 3, 4)


def shape_only(name, scale, **options):
    """A network without numbers in it: quick to build and to count at any size."""
    with torch.device("meta"):
        return models.create(name, scale, **options)


def c(inputs, outputs, k=3, groups=1):
    """Parameters of a convolution with bias."""
    return inputs * outputs * k * k // groups + outputs


def at_scales(*counts):
    return list(zip(SCALES, counts, strict=True))


def cca(n, r):
    return c(n, n // r, 1) + c(n // r, n, 1)


def sub_pixel(n, scale):
    return {2: c(n, 4 * n), 3: c(n, 9 * n), 4: 2 * c(n, 4 * n)}[scale]


def edsr(s, blocks=32, n=256):
    return c(3, n) + (2 * blocks + 1) * c(n, n) + sub_pixel(n, s) + c(n, 3)


def msrresnet(s):
    return c(3, 64) + 33 * c(64, 64) + sub_pixel(64, s) + c(64, 3)  # 33: two in each of 16 blocks, one at HR size


def mdsr(blocks):
    trunk = c(3, 64) + (2 * blocks + 1) * c(64, 64) + c(64, 3)
    return trunk + 3 * 4 * c(64, 64, 5) + sum(sub_pixel(64, s) for s in SCALES)


def rcan(s):
    block = 2 * c(64, 64) + cca(64, 16)
    return c(3, 64) + 10 * (20 * block + c(64, 64)) + c(64, 64) + sub_pixel(64, s) + c(64, 3)


def rrdbnet(blocks):
    dense = sum(c(64 + 32 * i, 32) for i in range(4)) + c(192, 64)
    return c(3, 64) + 3 * blocks * dense + c(64, 64) + 2 * c(64, 64) + c(64, 64) + c(64, 3)


def carn(*scales):
    cascade = c(128, 64, 1) + c(192, 64, 1) + c(256, 64, 1)
    return c(3, 64) + 3 * (6 * c(64, 64) + cascade) + cascade + sum(sub_pixel(64, s) for s in scales) + c(64, 3)


def idn(s):
    block = c(64, 48) + c(48, 32, groups=4) + c(32, 64) + c(48, 64) + c(64, 48, groups=4) + c(48, 80) + c(80, 64, 1)
    return c(1, 64) + c(64, 64) + 4 * block + c(64, 1, 17)


def srmdnf(s):
    return c(18, 128) + 10 * c(128, 128) + c(128, 3 * s * s)


def smsr(s):
    mask = c(64, 16) + c(16, 16) + c(16, 2)
    module = mask + 4 * 9 * 64 * 64 + c(256, 64, 1) + cca(64, 16)
    return c(3, 64) + c(64, 64) + 5 * module + c(320, 64, 1) + c(64, 64) + c(64, 3 * s * s)


def imdn(s):
    block = c(64, 64) + 2 * c(48, 64) + c(48, 16) + c(64, 64, 1) + cca(64, 16)
    return c(3, 64) + 6 * block + c(384, 64, 1) + c(64, 64) + c(64, 3 * s * s)


def pan(s):
    block = 2 * 40 * 20 + 3 * 9 * 20 * 20 + c(20, 20, 1) + 40 * 40
    step = c(24, 24, 1) + c(24, 24)
    enlarging = c(40, 24) + step + (c(24, 24) + step if s == 4 else 0)
    return c(3, 40) + 16 * block + c(40, 40) + enlarging + c(24, 3)


def rfdn(s, n=48, blocks=6, attention=None):
    block = 3 * (c(n, n // 2, 1) + c(n, n)) + c(n, n // 2) + c(2 * n, n, 1) + (attention or cca(n, 4))
    return c(3, n) + blocks * block + c(blocks * n, n, 1) + c(n, n) + c(n, 3 * s * s)


def latticenet(s):
    block = 2 * (c(64, 48) + c(48, 48) + c(48, 64)) + 4 * 2 * cca(64, 16) + c(128, 64, 1)
    return c(3, 64) + c(64, 64) + 4 * block + 6 * c(64, 32, 1) + c(64, 64) + c(64, 3 * s * s)


def gidrn(s, groups, n=72, blocks=9):
    block = 3 * (c(n, n, 1) + c(n, n, groups=groups)) + c(n, n, groups=groups) + c(4 * n, n, 1) + cca(n, 4) + 1
    shortcuts = 6 * (blocks // 3 + 1)  # three blocks, and three groups, have six scalars
    anrb = 3 * c(n, 1, 1) + c(1, n, 1)
    return c(3, n) + blocks * block + shortcuts + anrb + c(n, 3 * s * s) + c(3, 3 * s * s, 5)


def lapsrn(levels, depth, up, bias):
    level = depth * c(64, 64) + up * up * 64 * 64 + 64 + c(64, 1) + 16 + bias
    return c(1, 64) + levels * level


def srdensenet(low, sees_input):
    inputs = [low + 128 * b for b in range(8)]
    dense = sum(c(n, 16) + sum(c(16 * i + n * sees_input, 16) for i in range(1, 8)) for n in inputs)
    return c(1, low) + dense + c(low + 1024, 256, 1) + 2 * c(256, 256) + c(256, 1)


ESA_50 = c(50, 12, 1) + c(12, 12, 1) + 4 * c(12, 12) + c(12, 50, 1)
SRRESNET = c(3, 64, 9) + 16 * (2 * c(64, 64) + 2 * 128 + 1) + c(64, 64) + 128 + 2 * (c(64, 256) + 1) + c(64, 3, 9) + 1
SRGAN_CONVS = c(3, 64) + sum(c(i, o) + 2 * o for i, o in [(64, 64), (64, 128), (128, 128), (128, 256)])
SRGAN_CONVS += sum(c(i, o) + 2 * o for i, o in [(256, 256), (256, 512), (512, 512)])
SRGAN_D = SRGAN_CONVS + 512 * 6 * 6 * 1024 + 1024 + 1025
DRCN = c(1, 256) + 3 * c(256, 256) + c(256, 1) + 16
PLAIN = {"batch_norm": False}
MEMNET = c(1, 64) + 12 * c(64, 64) + sum(c(64 * (6 + m), 64, 1) for m in range(1, 7)) + c(64, 1)


@pytest.mark.parametrize(
    ("name", "options", "scale", "by_hand", "count"),
    [("espcn", {}, s, c(1, 64, 5) + c(64, 32) + c(32, s * s), n) for s, n in at_scales(21_284, 22_729, 24_752)]
    + [("vdsr", {}, s, c(1, 64) + 18 * c(64, 64) + c(64, 1), 665_921) for s in SCALES]
    + [("drcn", {}, s, DRCN, 1_775_121) for s in SCALES]
    + [("drrn", PLAIN, s, c(1, 128) + 2 * c(128, 128) + c(128, 1), 297_601) for s in SCALES]
    + [("memnet", PLAIN, s, MEMNET, 678_209) for s in SCALES]
    + [
        ("memnet", {**PLAIN, "supervised": True}, 2, MEMNET + 6, 678_215),
        ("lapsrn", {"family": "502K"}, 2, lapsrn(1, 5, 4, 1), 251_474),
        ("lapsrn", {"family": "502K"}, 3, lapsrn(2, 5, 4, 1), 502_308),
        ("lapsrn", {"family": "502K"}, 4, lapsrn(2, 5, 4, 1), 502_308),
        ("lapsrn", {}, 2, lapsrn(1, 10, 3, 0), 407_441),
        ("lapsrn", {}, 4, lapsrn(2, 10, 3, 0), 814_242),
        ("srdensenet", {}, 4, srdensenet(128, False), 2_659_585),
        ("srdensenet", {"reading": "dense"}, 4, srdensenet(16, True), 6_242_465),
        ("srresnet", {}, 4, SRRESNET, 1_549_462),
        ("srgan_d", {}, 4, SRGAN_D, 23_565_505),
        ("mdsr", {"blocks": 16}, 4, mdsr(16), 3_227_203),
        ("rrdbnet", {}, 4, rrdbnet(23), 16_697_987),
        ("rrdbnet", {"blocks": 16}, 4, rrdbnet(16), 11_662_019),
        ("rfdn", {"channels": 50, "blocks": 4, "attention": "esa"}, 4, rfdn(4, 50, 4, ESA_50), 433_448),
    ]
    + [("msrresnet", {}, s, msrresnet(s), n) for s, n in at_scales(1_369_859, 1_554_499, 1_517_571)]
    + [("edsr", {}, s, edsr(s), n) for s, n in at_scales(40_729_603, 43_680_003, 43_089_923)]
    + [("edsr_baseline", {}, s, edsr(s, 16, 64), n) for s, n in at_scales(1_369_859, 1_554_499, 1_517_571)]
    + [("mdsr", {}, s, mdsr(80), 7_953_987) for s in SCALES]
    + [("rcan", {}, s, rcan(s), n) for s, n in at_scales(15_444_643, 15_629_283, 15_592_355)]
    + [("idn", {}, s, idn(s), 552_769) for s in SCALES]
    + [("srmdnf", {}, s, srmdnf(s), n) for s, n in at_scales(1_510_540, 1_527_835, 1_552_048)]
    + [("imdn", {}, s, imdn(s), n) for s, n in at_scales(694_404, 703_059, 715_176)]
    + [("pan", {}, s, pan(s), n) for s, n in at_scales(261_403, 261_403, 272_419)]
    + [("rfdn", {}, s, rfdn(s), n) for s, n in at_scales(534_036, 540_531, 549_624)]
    + [("rfdn_l", {}, s, rfdn(s, 52), n) for s, n in at_scales(625_962, 632_997, 642_846)]
    + [("gidrn", {}, s, gidrn(s, 9), n) for s, n in at_scales(553_650, 564_525, 579_750)]
    + [("idrn", {}, s, gidrn(s, 1), n) for s, n in at_scales(2_046_642, 2_057_517, 2_072_742)]
    + [("latticenet", {}, s, latticenet(s), n) for s, n in at_scales(756_172, 764_827, 776_944)],
)
def test_parameters(name, options, scale, by_hand, count):
    assert complexity.parameters(shape_only(name, scale, **options)) == by_hand == count


@pytest.mark.parametrize("scale", SCALES)
def test_carn_parameters_and_the_24_fixed_numbers_of_the_authors_program(scale):
    """The authors' two colour shifts are 1x1 convolutions 3 -> 3 with bias, never trained: 2 * (9 + 3)."""
    one = {2: 964_187, 3: 1_148_827, 4: 1_111_899}[scale]
    assert complexity.parameters(shape_only("carn", scale)) + 24 == carn(*SCALES) + 24 == 1_591_963
    assert complexity.parameters(shape_only("carn", scale, multi_scale=False)) + 24 == carn(scale) + 24 == one


@pytest.mark.parametrize(("scale", "count"), [(2, 984_746), (3, 993_401), (4, 1_005_518)])
def test_smsr_parameters_without_the_channel_masks(scale, count):
    model = shape_only("smsr", scale)
    masks = sum(p.numel() for name, p in model.named_parameters() if name.endswith("ch_mask"))
    assert masks == 5 * 64 * 4 * 2 == 2_560
    assert complexity.parameters(model) - masks == smsr(scale) == count


@pytest.mark.parametrize(
    ("name", "options", "by_hand", "count"),
    [
        ("vdsr", {}, 2 * 9 * 64 + 18 * 9 * 64**2, 664_704),
        ("drcn", {}, 2 * 9 * 256 + 3 * 9 * 256**2, 1_774_080),
        ("red30", {}, 2 * 9 * 64 + 28 * 9 * 64**2, 1_033_344),
        ("red30", {"channels": 128}, 2 * 9 * 128 + 28 * 9 * 128**2, 4_131_072),
        ("drrn", {}, 2 * 9 * 128 + 2 * 9 * 128**2, 297_216),
        ("memnet", {}, 2 * 9 * 64 + 12 * 9 * 64**2 + 57 * 64**2, 676_992),
    ],
)
def test_weights_alone(name, options, by_hand, count):
    assert complexity.weights(shape_only(name, 3, **options)) == by_hand == count


def test_batch_normalisation_is_not_shared_between_recursions():
    """Two numbers a map and place: DRRN 1 + 2 * 25 + 1 places, MemNet 1 + 6 * 12 + 1 and the six gates."""
    assert complexity.parameters(shape_only("drrn", 3)) - 297_601 == 2 * (1 + 51 * 128)
    assert complexity.parameters(shape_only("memnet", 3)) - 678_209 == 2 * (1 + 73 * 64 + 57 * 64)


def test_msrresnet_macs():
    by_hand = 128**2 * (27 * 64 + 32 * 9 * 64**2 + 4 * 9 * 64**2 + 4 * 4 * 9 * 64**2 + 16 * 9 * 64**2 + 16 * 27 * 64)
    assert complexity.macs(shape_only("msrresnet", 4), (1, 3, 128, 128)) == by_hand == 41_551_921_152


def test_macs_are_the_same_with_and_without_numbers():
    shape = (2, 1, 5, 7)
    assert complexity.macs(models.create("espcn", 3), shape) == complexity.macs(shape_only("espcn", 3), shape)
    assert complexity.macs(shape_only("espcn", 3), shape) == 2 * 35 * (25 * 64 + 9 * 64 * 32 + 9 * 32 * 9)


@pytest.mark.parametrize("name", [name for name in models.names() if name != "bicubic"])
def test_macs_are_half_of_what_torch_counts(name):
    """A product that `complexity.products` does not know would be missing here."""
    model = shape_only(name, 4)
    channels = 1 if model.input == "y" else 3
    shape = (1, channels, 96, 96) if model.upscaled_input else (2, channels, 24, 23)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(shape, device="meta"))
    assert complexity.macs(model, shape) == counter.get_total_flops() // 2 > 0


def test_functions_that_are_not_run_have_the_shapes_that_torch_gives():
    x, y = torch.rand(2, 3, 4, 4), torch.rand(3, 1, 4)
    calls = (
        lambda: 0.5 * (x + y) - x / 3, lambda: torch.cat([x, x[:, :1]], 1), lambda: torch.cat([x, x], dim=-1),
        lambda: torch.stack([x, x]), lambda: torch.stack([x, x], 1), lambda: F.adaptive_avg_pool2d(x, 2),
        lambda: F.adaptive_avg_pool2d(x, (1, 3)), lambda: x.mean((2, 3), keepdim=True), lambda: x.mean(1),
        lambda: F.linear(x, torch.rand(5, 4)), lambda: x.relu().square().sqrt(), lambda: torch.sigmoid(F.relu(x)),
    )  # fmt: skip
    for call in calls:
        with complexity.Shapes():
            shape = call().shape
        assert shape == call().shape


def test_an_outline_is_built_once_and_has_no_numbers():
    model = complexity.outline("lapsrn", 4)
    assert complexity.outline("lapsrn", 4) is model is not complexity.outline("lapsrn", 3)
    assert all(p.is_meta for p in model.parameters())
    assert complexity.parameters(model) == complexity.parameters(models.create("lapsrn", 4))


def test_macs_of_products_that_are_no_convolutions():
    class Products(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(7, 11)

        def forward(self, x):  # (2, 5, 3, 7)
            y = self.linear(x) @ x.new_ones(11, 13)  # (2, 5, 3, 13)
            y = torch.bmm(y[0], y[0].mT) + torch.matmul(y[1], y[1].mT)  # (5, 3, 3) each
            return torch.einsum("nij, nj -> ni", y, y[:, 0])

    by_hand = 2 * 5 * 3 * 7 * 11 + 2 * 5 * 3 * 11 * 13 + 2 * 5 * 3 * 13 * 3 + 5 * 3 * 3
    assert complexity.macs(Products(), (2, 5, 3, 7)) == by_hand


@pytest.mark.parametrize(
    ("name", "published", "count"),
    [
        ("carn", "103.58", 103_575_781_376),
        ("imdn", "46.60", 46_598_720_536),
        ("rfdn_l", "41.54", 41_541_967_870),
    ],
)
def test_aim_flops_of_the_published_table(name, published, count):
    counted = complexity.aim_flops(shape_only(name, 4), (1, 3, 256, 256))
    assert counted == count
    assert f"{counted / 1e9:.2f}" == published


def test_aim_flops_count_modules_by_the_rules():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3, stride=2, padding=1, groups=1),  # 5 x 7 -> 3 x 4
        torch.nn.BatchNorm2d(8),
        torch.nn.PReLU(),
        torch.nn.Sigmoid(),
        torch.nn.ConvTranspose2d(8, 4, 2, stride=2, groups=2),  # -> 6 x 8
        torch.nn.ReLU(),
    )
    by_hand = 12 * (27 * 8) + 2 * 96 + 96 + 48 * (4 * 8 * 4 // 2) + 192
    assert complexity.aim_flops(network, (1, 3, 5, 7)) == by_hand
    assert complexity.aim_flops(network, (1, 3, 5, 7)) == by_hand, "no hook stays behind"
    assert complexity.aim_flops(blocks.MeanShift(-1), (1, 3, 5, 7)) == 9 * 35
