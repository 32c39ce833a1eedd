"""What the report says in words: studies, captions, origins, verdicts, trust."""

STUDIES = {  # title, question
    "replay": ("Replay", "Which way does replay run, how fast, and how wrong is each estimator?"),
    "heading": ("Heading", "Does the inner compass turn in REM, and how well is that decoded?"),
    "emergent": (
        "Emergent replay",
        "What replay comes out of networks into which nobody planted any, and what decides it?",
    ),
    "reverse": (
        "Reverse models",
        "When does inferring causes from outcomes beat predicting outcomes from causes?",
    ),
    "imagination": (
        "Movie or imagination",
        "Should an agent replay what happened, in the order in which it came, or what could?",
    ),
    "memory": (
        "Memory and forgetting",
        "Does an external memory with replay stop forgetting?",
    ),
    "instruction": (
        "Instructed networks",
        "Can words configure a motor network for tasks that it never trained?",
    ),
}
CAPTIONS = {
    "overview": (
        "Above, left and middle: the place field of every CA1 unit that somewhere fires at 1 Hz or "
        "more, in both running directions, a row a unit, sorted by where it peaks; fields that "
        "hold for replay make a diagonal band without gaps. Right: the minute with most running, "
        "decoded from laps that the fields were not fitted on; circles should lie on the line. "
        "Below: candidate events over the session, those that pass the test one by one on top; "
        "replay of a run should follow it."
    ),
    "position": (
        "Position of the running animal, decoded from laps that the fields were not fitted on. "
        "Left: circles should lie on the line. Middle: all mass should lie on the diagonal. "
        "Right: the median error by bin width beside the published range."
    ),
    "compression": (
        "How much faster than the laps events are. Left: each estimator beside what was planted "
        "(black) and published (green). Right: an estimator without bias follows the dashed line. "
        "All see the same events; flat posteriors pull the slope of the posterior-weighted "
        "regression towards no movement, so look for orange below the truth."
    ),
    "estimators": (
        "Events of constant speed, planted in bulk and decoded with fields estimated from laps. "
        "Above, left and middle: the median of estimated over planted speed, all estimators on "
        "the same events; one without bias follows the dashed line. A step size has no sign, and "
        "decoding noise inflates it. Below: the share of 90 % intervals that hold the planted "
        "speed, which should be 0.9 (dotted): the posterior's for the likelihood, Student's for "
        "regressions; the others have none. An error bar knows nothing of bias: the more bins an "
        "event has, the narrower it is and the less it covers. Right: events with few spikes; "
        "above, the likelihood's bias and direction."
    ),
    "dynamics": (
        "Which dynamic explains an event's spikes best: a straight line along at least 0.5 m, a "
        "walk, one place, or a new place all the time. Above: events planted in bulk, decoded "
        "with fields estimated from laps. Look for directed read as diffusive and back. Walks "
        "that stay within 0.3 m are hard to tell from a place held: F1 (directed or diffusive "
        "against the rest) is hardly better where fields and step size are known (purple), but "
        "it is without such walks. Below, "
        "right: candidate events after running; what has no path on this track counts as "
        "fragmented. Published: Krause & Drugowitsch 2022; a mixture of places held and left "
        "(Denovellis 2021: 42 % mixed, 23 % stationary) is not among the four."
    ),
    "literature": (
        "One mix of planted events, as each paper's estimator would have reported it. Above: every "
        "dot is an event in the bins and by the rule of that paper, bars are quartiles and 5 and "
        "95 %; the dashed line is the planted median, green what was published (a compression "
        "times the running speed). Grey events have no one speed to report. Below: a significant "
        "line may be one at rest, and jumps between places are a walk to the momentum and "
        "diffusion models; and the decoder's noise makes movement at one speed look like "
        "diffusion (alpha, half the slope, is 1 for it), which halves of the cells that are "
        "decoded apart do not share."
    ),
    "direction": (
        "What was planted (rows) and what was decoded (columns), numbers of candidate events "
        "after running: look for forward taken as reverse. Accelerating and hover and jump run "
        "either way; remote: whatever was planted in another environment; empty: a burst without "
        "a path; none: a candidate where nothing was planted. Right: share of forward events, "
        "decoded and planted."
    ),
    "significance": (
        "Candidate events that pass every shuffle of the configuration. Left: beside "
        "the share of candidates that hold planted replay. Before running nothing of the track "
        "can be replayed, so what passes there is false. Right: events along the track "
        "should pass, empty bursts no more often than the dashed level. Diffusive events often "
        "pass too: shuffles reject the lack of order, not of a direction."
    ),
    "false_positives": (
        "Null events (replay whose cells, fields or times were exchanged along a dimension that "
        "the shuffle does not use), decoded with fields estimated from laps. Left: how many pass "
        "at 0.05, and at the alpha that gave 0.05 on other subjects' null events; the calibrated "
        "ones should lie in the band. Right: the share of events of each kind that is found at "
        "the calibrated alpha; diffusive ones are not directed, and still pass often."
    ),
    "bursts": (
        "Candidate events (population bursts with a ripple) beside the planted events that they "
        "hold. Left: how much later than planted a burst begins and ends; smoothing of the rate "
        "makes it begin too early and end too late. Right: the share of planted events, empty "
        "bursts included, that were found, and of candidates in which one was planted."
    ),
    "tracks": (
        "Two similar tracks: half of the cells keep their fields, the others remap. Left: log "
        "odds that an event is of the first track, from which cells fire and not from their "
        "order. Right: their mean for events whose order was significant on the first track, "
        "less that of the second; zero would mean that detection is chance."
    ),
    "own_cells": (
        "What the analysis is worth with a recording's own cells: replay of known speed, planted "
        "in twins of the recording that share its place fields, laps, and the duration and "
        "spikes of its events. Left: decoded against planted compression of the planted events "
        "that pass the test. Middle: how often tests and intervals are right; black is what "
        "they should reach. Where planted events pass hardly more often than null events, the "
        "recording cannot tell replay. Right: the compression of recorded events that pass, and "
        "below it the quantiles of the compression that reads like that, chance passes accounted "
        "for."
    ),
    "map_similarity": (
        "How alike the maps of two environments are: mean correlation of population vectors. "
        "Left: beside the similarity of the maps as drawn (black). An environment with itself "
        "compares the two halves of its laps: the noise of estimation keeps it below 1. Right: a "
        "point a subject; on the dashed line noise does not matter."
    ),
    "theta_compression": (
        "How much faster than running theta sequences are. Left: theta-scale lags of pairs of "
        "overlapping fields, known up to whole cycles; the line is the slope that brings all into "
        "phase. Middle: what spikes represent by theta phase, ahead of the animal, and the best "
        "line. Right: both estimators beside what the planted precession brings about (black; of "
        "the lags only) and what was published. Decoding with fields of running shows a shorter "
        "sweep."
    ),
    "reward_discount": (
        "What rewards do to replay on the branching track. Left: spikes over what the fields give "
        "at the decoded place, by steps back from the reward. Middle: starts over those that were "
        "possible. Lines: what was planted (reverse falls, forward does not). Right: discount a "
        "step and gain where paths part, in the recordings, which hold few such events, and "
        "where they are planted in bulk."
    ),
    "rem_compression": (
        "How fast REM runs through the first track, relative to the laps. Left: all sequences, "
        "planted and found by either estimator. Right: medians beside what was planted. The "
        "templates of running see factors on a grid only."
    ),
    "heading_error": (
        "The head's direction in the arena, decoded from bins that the tuning was not fitted on. "
        "Left: the heading is unwrapped, so that it does not jump at 360 degrees. Right: a line "
        "an animal; where it crosses one half is its median error. Ticks: the median error in REM, "
        "beside the heading of the ring attractor."
    ),
    "heading_tuning": (
        "Left: rate of one animal's cells by the head's direction. Middle: how much their spikes "
        "tell of the direction that the head has some time later; a peak to the right of zero "
        "means that the cells lead the head. Right: the lead beside that of the ring attractor, "
        "which follows from the delays of muscles and transmission, and the range that is recalled "
        "from experiments."
    ),
    "drift": (
        "How fast the decoded heading moves. Left: in short bins the noise of the decoder adds to "
        "the drift, in long bins turns are averaged away; dashed, each cell shifted in time by "
        "itself: what noise alone would look like. Middle: the ratio to wake beside a published "
        "abstract and a re-analysis, neither of which names a bin. Right: pairs of cells keep "
        "their correlations where the ring is the same asleep."
    ),
    "virtual_turns": (
        "Heading decoded from spikes alone, over population turn events of the colliculus "
        "(shaded). Below: the decoded angular velocity around events in the commanded direction; "
        "the cross-correlation of the colliculus' rate difference with it, under the same kernel, "
        "whose peak is the lag; and rapid eye movements beside the turn at the same time. Grey: "
        "colliculus and compass of different epochs. Lag and amplitude have no published number."
    ),
    "turn_cells": (
        "Which units of the colliculus follow turns of the head in the open arena. Above: rate by "
        "angular velocity, at the lag of the best correlation, and the mean turn about a spike; "
        "cells that lead the head peak to the right of zero. Below: cells of known gain, planted "
        "in the published numbers, and what is found of them (precision: of those found, planted; "
        "recall: of those planted, found); a unit that follows the speed of turns whichever their "
        "direction is no turn cell. Right: found in each recording; three clockwise of seven were "
        "published in two mice, so that their populations are too small for events."
    ),
    "turn_events": (
        "Moments at which many turn cells of one direction fire at once. Above: their summed rate "
        "over mean plus SD of the state (dashed). Middle: that rule finds 1.37 events a second "
        "where nothing happens (Poisson), more than was published and than is in any state here: "
        "real commands last longer than noise. A threshold of the state itself hides that NREM has "
        "few commands; one fixed in wake shows it. Planted command: turns in the command itself, "
        "counted by the same rule. Below: rotation of the head within the window after a time, by "
        "delay from events of cells that the other half of the time found; and patterns of "
        "wake in sleep, over pairs of units and over units in the events of the others."
    ),
    "inactivation": (
        "What silencing a colliculus does to the inner compass. Above: its rotation in REM, from "
        "spikes alone, the blocks of each condition end to end, for up to four animals. Below: net "
        "rotation of every animal with the mean and its interval; uninterrupted turns of 360 "
        "degrees; and what TTX adds in each state (awake, beyond the head). Black: the ring's "
        "own. That TTX on the right turns it clockwise is planted by the wiring; how far is not, "
        "and no paper says how far."
    ),
    "internal_model": (
        "Experiments with the ring attractor itself. Above: what no published number fixes, with "
        "one constant low or high; the band spans networks as configured. Below, from the left: "
        "by how much the compass leads the head awake, with the median error above; the error of "
        "the predicted angular velocity (sensed minus predicted), which the model gates off in "
        "sleep, while vision corrects a mismatch of heading awake; turns where the animal does "
        "not intend to turn to one side awake, both colliculi intact; and a wrong gain, which "
        "wake corrects, dreams leave alone, and dreams with the error let in would unlearn."
    ),
    "emergent": (
        "Replay in spiking networks into which nobody planted any, decoded blind: emergent, and "
        "derived from cited constants, none of which is a speed, a direction or a rate. Dots: mean "
        "over networks with its 95 % interval, by track, learning rule and control; ticks: single "
        "networks; green: what was published. The one gain is set to a part of the time in "
        "events, which rate and duration therefore share. Where a state is missing, the networks "
        "had nothing to count in it; a control should have no events, or no sequences. "
        "Disagreement with what was published is a result."
    ),
    "emergent_sensitivity": (
        "Which of the cited constants decide what emerges. Each was halved and raised by half, "
        "one at a time, with the gain set anew; numbers are how many times an outcome grew "
        "between the two ends (of shares the difference), and are left out where the interval "
        "over networks holds no change. Constants stand in groups, the largest effect on the "
        "packet's speed first. None at low or high: there, nothing was left to measure."
    ),
    "emergent_event": (
        "One emergent event: the first replay of median duration in NREM of the first network. "
        "Above: the posterior over the track, decoded from CA1, at successive times. Below: "
        "spikes of CA3 at the centres of their cells' fields, by running direction; the posterior "
        "with the decoded path and, black, the packet as measured in CA3, which the decoder does "
        "not see; and the field potential."
    ),
    "similarity": (
        "Chains that trained models generate for laps that were held out, whatever they were "
        "trained on: true paths, paths decoded awake or from replay, or spikes at the end that is "
        "read. Forward and reverse are twins; masked, n-gram and Bayes read from the outcome too. "
        "Look for reverse above forward only where the start of a lap is more predictable than its "
        "end. Right: the share of what the law itself reaches; greedy chains of the law are not "
        "the most similar ones there are, so a share above 1 is no leak, but bits below the law's "
        "would be one."
    ),
    "crossover": (
        "Left: what a chain costs from its end minus from its start, against how much less "
        "predictable the end is: the black line is an identity, so a model can only be off it by "
        "what it has not learned. Right: cost above that of the law, a step, for both orders."
    ),
    "step_accuracy": (
        "Single steps predicted with the true chain up to them known. Left: reverse makes no "
        "errors where paths part, since there it reads which way was taken, and pays for it where "
        "paths meet. Right: distance from the reward; forward also has to predict the end itself "
        "(distance 0)."
    ),
    "discount": (
        "The reverse model under a discount for each step from the reward, on the loss or on what "
        "its decoder reads. Thin lines are trainings. The seed's best is 0.9 (dotted): look "
        "whether similarity peaks, or bits bottom out, there."
    ),
    "sleep": (
        "Left: the same number of updates on laps decoded awake, on replays, or on both, asked "
        "about true laps that were held out with all that replays them. Right: what is left of it "
        "after as many updates on another track, with nothing replayed (open) or with replays in "
        "between (filled)."
    ),
    "environments": (
        "Two tracks on which half of the cells keep their fields. Steps that a model generates in "
        "the environment that the held-out lap was not in, by what it learned from; black, such "
        "steps among what it learned from. Look whether replay brings the points down."
    ),
    "choices": (
        "Wrong choices at the choice points of a maze with dead ends, for agents that value "
        "actions by chains that a model generates. Habit takes what was taken most often; none "
        "draws. Bayes knows the law."
    ),
    "noise": (
        "Left: held-out laps, after training on laps decoded with a part of the spikes. Right: how "
        "near the twins come to the law in mazes of all sizes."
    ),
    "chain_example": (
        "A chain that each trained model generates for a lap it never saw: the square is what it "
        "is given, numbers are steps with their probability, thicker where more certain; the lap "
        "itself in black. Where paths meet the reverse model has to guess, where they part the "
        "forward one."
    ),
    "reverse_claims": (
        "What the seed claims of reverse models, the number behind it and what holds; tests and "
        "conditions are in the rows."
    ),
    "learning_curves": (
        "Agents that learn a maze each by what they replay between their steps, with the same "
        "number of writes. Left: steps of an episode (dotted: the shortest way). Right: steps "
        "until three near-optimal episodes in a row; pale dots are agents. The first search, "
        "which is the same for all, is in every number. TD(lambda) replays nothing and writes "
        "along its trace."
    ),
    "replay_content": (
        "Sequences that agents replay on a track that is run back and forth. Above: gain x need "
        "replays forward before a lap, and after its reward more in reverse than before, though "
        "still mostly forward; then what is left of that under other settings (without a floor "
        "under the gain there is nothing forward, with slower learning reverse comes as much "
        "before) and what other policies replay, which write single values where gain x need "
        "writes sequences. Below: what another reward at one end changes, there and at the other "
        "end, to which the next lap leads."
    ),
    "closed_loop": (
        "What agents replay, planted as spikes of CA1 in rest and sleep of a recording a "
        "condition, and read back by the decoder, which knows nothing of agents. Left: the "
        "forward share beside the agents' own (black). Right: how often either direction is found, "
        "in laps with the usual reward and with another."
    ),
    "slow_store": (
        "Performance of a slow learner alone, after nights in which a policy replayed from the "
        "fast store into it; the band is the 95 % interval. Gain x need stops where the way is "
        "right, and leaves the rest of the maze unlearned."
    ),
    "sequenceness": (
        "Replay on simulated sensors, of objects that were shown in an order without any of the "
        "transitions that a rule implies. Above: sequenceness by lag along the order seen and the "
        "order inferred, in brains that replay the one or the other; it should peak at the planted "
        "40 ms. Middle: after a reward the rewarded sequence runs backwards, the neutral one does "
        "not; codes of position and sequence lead those of objects. Below: how often each form of "
        "the analysis finds replay where there is none, beside noise and rhythms (grey: 5 % within "
        "1.3 points), and where there is."
    ),
    "skills": (
        "An agent with an external memory at work, on a fresh episode of the first training. From "
        "above: what comes in; what is asked for and what is answered, which should look alike "
        "where anything is asked; how much each slot holds; where is written and where is read. "
        "Copying reads on in the order of writing; recall jumps to the slot of a key and on to "
        "its value. Below: bits that are right along the training, a line a training, beside a "
        "plain LSTM of like size in the same time; dotted, 99 % and chance."
    ),
    "forgetting": (
        "Tasks that are learned one after another, a row a sequence. Left: error on the test of "
        "every task (columns) after none, one, two, ... were learned (rows); below the diagonal it "
        "should stay dark, and darkens upwards only where one task helps another. Joint training "
        "keeps all tasks at hand: the bound of a network without memory. Middle: error on the "
        "first task. Right, in the same colours: forgetting, the final error of old tasks minus "
        "the least they ever had. Without a cue functions contradict one another, and part of "
        "their error cannot be reduced."
    ),
    "few_shot": (
        "Tasks of a family that no network was trained on, learned from a few examples: "
        "performance of the adapted parameters on other examples after each inner step; of "
        "functions the part of the variance that is explained (below zero: worse than the mean "
        "answer of the examples), of mazes the accuracy of the next place. MAML and its first "
        "order were trained for what they are after five steps, pretrained networks on the same "
        "tasks mixed, those from scratch on nothing; each has the rate that suits it. Dotted: the "
        "claimed 90 %; dashed: an answer that looks at no input."
    ),
    "memory_sensitivity": (
        "How much hangs on constants of the agent, one at a time; dotted, as configured. Errors "
        "and bits are of what the axis names. Right: operations of a step, counted, by the size "
        "of the memory and the way in which it keeps order."
    ),
    "memory_claims": (
        "Above: what the text that proposes this agent claims (green), beside its own settings "
        "built right and tested on data that it was not trained on. Below: what was asked of the "
        "agent here. A claim holds or does not if the whole 95 % interval says so; numbers are "
        "errors, shares or differences, as the row of the summary says."
    ),
    "instruction_learning": (
        "Networks that are told which task to do, of 50 or fewer (the row of the set-up counts "
        "them): by a rule that says nothing of it (SIMPLENET), in words, or by rules that say all "
        "(STRUCTURENET). Above: each dot is a task, a diamond the mean over tasks; left, those "
        "that were trained; right, those that never were, at first sight, beside published means "
        "and what never responding has. Below: such tasks as they are learned (bands are 95 % "
        "intervals over tasks; in brackets how many, where networks lacked different ones), and "
        "what share of them is done at least as well as the axis says at first sight (line: 95 % "
        "of the trials). Differences in the rows are over the same tasks."
    ),
    "instruction_controls": (
        "What tells a network more than the instruction that it has: if words are understood, "
        "other words should do as well, those of another task should not, and shuffled networks, "
        "which learned each task by the words of another, should be where SIMPLENET is. The best "
        "trained neighbour is the trained task whose instruction does best for it. Right: with "
        "all tasks of a family held out there is less to go by. Below: learned by the weights of "
        "the inputs alone, as in networks whose dynamics can be used again; and what a condition "
        "(if ... then) in the instruction costs, beside random splits of the tasks and what "
        "doing nothing has (dotted): many such trials call for no response."
    ),
    "instruction_geometry": (
        "A decoder that tells one pair of tasks apart, asked about pairs that differ in the same "
        "way, one of which was never trained (CCGP; dotted: chance). Left: from layers of the "
        "language model to what the network is told and its units. Middle: each dot is a task of "
        "a network. Right: like steps between four decision tasks are parallel (1) where what is "
        "told adds up. Middle row: CCGP along each axis, of all tasks, of words as they are read, "
        "of what is told, and of units. Below: the four tasks along two principal components; "
        "circles are modality 1, squares 2, red ones anti, and the open one was never trained: it "
        "should make the fourth corner of a parallelogram (its performance above)."
    ),
    "instruction_units": (
        "Left: how much each unit varies with the stimuli of each task, of its most; units of a "
        "cluster vary in the same tasks, and cluster better than units that are shuffled over "
        "tasks. Right: units whose tuning changes as the tasks demand: preferred directions turn "
        "by half a circle between pro and anti, slopes change their sign between matching and "
        "not, or first and second; dotted, chance. Open circles: one of both tasks was never "
        "trained, as in the histograms below, whose legends count units."
    ),
    "instruction_communication": (
        "A network infers from motor feedback what it must have been told, a writer words what "
        "its units then do, and a partner that never saw the feedback acts on these words. Above: "
        "the partner's performance, told an instruction of ours, what was written, only what is "
        "none of the instructions that the writer learned, or a copy of the embedding, which "
        "means nothing to another network. Below: whose instruction was written for which task; "
        "the last column is novel."
    ),
    "instruction_gallery": (
        "A trial of each task in one network: from above, fixation (a strip) and both modalities "
        "as they are shown, the target with its fixation, and the response. Dotted: the response "
        "begins. Units of a block are directions round the circle. Framed tasks were never "
        "trained; red ones with a cross are done wrong."
    ),
    "instruction_claims": (
        "What was published of instructed networks and what was asked of them here, a line each: "
        "differences over the same tasks, shares, and correlations. A claim holds or does not if "
        "the whole 95 % interval says so; the row of the summary has the claim in words."
    ),
}
ORIGINS = {
    "planted": "A parameter of the simulation put it there.",
    "recovered": "Decoded, blind, from a recording into which it was planted.",
    "emergent": "No parameter fixes it; it comes out of the simulated network.",
    "learned": "A trained model produced it.",
    "measured": "From a real recording; there is no planted truth.",
}
VERDICTS = {
    "does not recover": "The 95 % interval misses the planted value, by more than 10 % of it.",
    "differs": "The 95 % interval and the published range do not overlap.",
    "does not hold": "The run contradicts the claim.",
    "recovers": "The 95 % interval covers the planted value, or the estimate is within 10 %.",
    "agrees": "The 95 % interval lies inside the published range (20 % around a single value).",
    "holds": "The run supports the claim.",
    "holds only when ...": "The run supports the claim under the conditions that are named.",
    "inconclusive": "The 95 % interval lies partly inside the published range.",
    "no reference": "Nothing was planted, and no published value that was checked is comparable.",
    "not run": "There was nothing to compute it from; the row says why, under test.",
}
TRUST = {
    "primary": "Read in the paper itself.",
    "abstract": "Read in the paper's abstract.",
    "secondary": "Read in another work, or a public re-analysis that was not reviewed.",
    "recalled": "Remembered, not looked up: shown, decides nothing.",
    "recalled-weak": "Remembered with doubt: shown, decides nothing.",
    "seed-claim": "Claimed by the text that started this project: shown, decides nothing.",
}
