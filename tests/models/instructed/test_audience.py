"""Partners do what they read; what is copied into another network means something else there."""

import numpy as np
import pytest
from planted_talk import ANTI, PRO, SOURCE, instructions, planted_network

from neurosim import NeurosimError
from neurosim.models.instructed.audience import PARTNERS, Audience
from neurosim.models.instructed.readers import bag_reader

LIKE, UNLIKE = planted_network(1), planted_network(-1)
READ = bag_reader(instructions())


def audience(**by_hold_out):
    return Audience(by_hold_out, READ)


def trials(task, n=120, seed=0):
    return SOURCE.draw(task, n, np.random.default_rng(seed))


def wording(task, number=0):
    return instructions().train[task][number]


@pytest.mark.parametrize("network", [LIKE, UNLIKE])
@pytest.mark.parametrize("task", [PRO, ANTI])
def test_words_are_understood_by_both(network, task):
    found = audience(none=[network]).read(task, trials(task), [wording(PRO), wording(ANTI)])
    assert found.shape == (len(PARTNERS), 2)
    right = [PRO, ANTI].index(task)
    assert found[0, right] > 0.9
    assert found[0, 1 - right] == 0
    assert np.isnan(found[1]).all()


def test_copied_embeddings_mean_the_contrary_to_another_network():
    embedding = np.zeros((2, 64), np.float32)
    embedding[:, 0] = 1, -1
    like = audience(none=[LIKE]).take(PRO, trials(PRO), embedding)[0]
    unlike = audience(none=[UNLIKE]).take(PRO, trials(PRO), embedding)[0]
    assert like[0] > 0.9
    assert like[1] == 0
    assert unlike[0] == 0
    assert unlike[1] > 0.9


def test_each_message_has_trials_of_its_own():
    """A message in the second place is judged on the second part of the trials."""
    drawn = trials(PRO, 40)
    both = audience(none=[LIKE]).read(PRO, drawn, [wording(PRO)] * 2)[0]
    parts = [
        drawn._replace(
            **{key: getattr(drawn, key)[part] for key in ("inputs", "target", "direction")}
        )
        for part in (slice(20), slice(20, 40))
    ]
    alone = [audience(none=[LIKE]).read(PRO, part, [wording(PRO)])[0, 0] for part in parts]
    np.testing.assert_array_equal(both, alone)


def test_partners_of_a_kind_are_averaged():
    embedding = np.zeros((1, 64), np.float32)
    embedding[:, 0] = 1
    drawn = trials(PRO)
    one = audience(none=[LIKE]).take(PRO, drawn, embedding)[0, 0]
    both = audience(none=[LIKE, UNLIKE]).take(PRO, drawn, embedding)[0, 0]
    assert both == one / 2


def test_partners_with_a_hold_out_are_told_what_they_lack():
    room = audience(set_2=[LIKE], set_3=[LIKE])  # set_3 lacks AntiRTGo
    assert not room.lack(PRO)
    assert room.lack(ANTI)
    found = room.read(ANTI, trials(ANTI), [wording(ANTI)])
    assert np.isnan(found[0, 0])
    assert found[1, 0] > 0.9
    nobody = room.read(PRO, trials(PRO), [wording(PRO)])
    assert np.isnan(nobody).all()


def test_an_instructor_with_a_hold_out_tells_those_with_the_same():
    room = audience(none=[LIKE], set_1=[LIKE], set_3=[LIKE], set_4=[])
    assert room.of_instructor("none") == room
    assert set(room.of_instructor("set_3").by_hold_out) == {"none", "set_3"}
    with pytest.raises(NeurosimError, match="found none"):
        audience(set_1=[LIKE]).of_instructor("set_3")


def test_an_empty_room_and_unknown_hold_outs_are_refused():
    with pytest.raises(NeurosimError, match="partners: expected at least one, found none"):
        audience(none=[])
    with pytest.raises(NeurosimError, match="set_77"):
        audience(set_77=[LIKE])
