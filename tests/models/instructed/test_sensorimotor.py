"""The sensorimotor network against torch's own GRU and against its equations."""

import numpy as np
import pytest
import torch
from torch import nn

from neurosim.models.instructed.sensorimotor import (
    FIRST_ACTIVITY,
    GRU,
    SensorimotorNetwork,
    task_loss,
)


def _drawn(*shape):
    return torch.from_numpy(np.random.default_rng(0).standard_normal(shape).astype(np.float32))


def test_with_tanh_it_is_torchs_gru():
    ours = GRU(5, 3, 7, activation=torch.tanh)
    theirs = nn.GRU(8, 7, batch_first=True)
    with torch.no_grad():
        for own in (ours.stimulus, ours.recurrent):
            own.bias.uniform_(-1, 1)
        ours.recurrent.weight.uniform_(-0.5, 0.5)
        theirs.weight_ih_l0.copy_(torch.cat([ours.stimulus.weight, ours.information.weight], 1))
        theirs.bias_ih_l0.copy_(ours.stimulus.bias)
        theirs.weight_hh_l0.copy_(ours.recurrent.weight)
        theirs.bias_hh_l0.copy_(ours.recurrent.bias)
    stimulus, information, first = _drawn(4, 11, 5), _drawn(4, 3), _drawn(4, 7)
    told = information[:, None].expand(-1, 11, -1)
    expected, _ = theirs(torch.cat([stimulus, told], dim=2), first[None])
    torch.testing.assert_close(ours(stimulus, information, first), expected)


def test_it_follows_its_equations_step_by_step():
    network = SensorimotorNetwork(n_units=6, n_information=4)
    layer, n = network.recurrent, 6
    inputs, information = _drawn(2, 5, 65), _drawn(2, 4)
    h, activity = torch.full((2, n), FIRST_ACTIVITY), []
    for step in range(5):
        drive = layer.stimulus(inputs[:, step]) + layer.information(information)
        back = layer.recurrent(h)
        reset = torch.sigmoid(drive[:, :n] + back[:, :n])
        keep = torch.sigmoid(drive[:, n : 2 * n] + back[:, n : 2 * n])
        candidate = torch.relu(drive[:, 2 * n :] + reset * back[:, 2 * n :])
        h = (1 - keep) * candidate + keep * h
        activity.append(h)
    output, found = network(inputs, information)
    torch.testing.assert_close(found, torch.stack(activity, dim=1))
    torch.testing.assert_close(output, torch.sigmoid(network.read_out(found)))
    assert (found >= 0).all()


def test_trials_do_not_touch_each_other():
    network = SensorimotorNetwork(n_units=6, n_information=4)
    inputs, information = _drawn(3, 5, 65), _drawn(3, 4)
    together, _ = network(inputs, information)
    alone, _ = network(inputs[1:2], information[1:2])
    torch.testing.assert_close(together[1:2], alone)


def test_input_weights_are_those_from_stimuli_and_information():
    network = SensorimotorNetwork(n_units=6, n_information=4)
    sizes = sorted(tuple(weight.shape) for weight in network.input_weights())
    assert sizes == [(18,), (18, 4), (18, 65)]


def test_errors_weigh_as_much_as_their_mask():
    output, target = torch.tensor([[[0.5, 1.0]]]), torch.tensor([[[0.0, 0.0]]])
    assert task_loss(output, target, torch.tensor([[[2.0, 0.0]]])) == pytest.approx(0.25)
