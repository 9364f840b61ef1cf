//! The statistics, put to the test: thousands of seeded experiments in which the truth is known.

use ahlan::engine::uplift::{ALPHA, Arm, Group, Uplift, excludes, sample_ratio, uplift};

use crate::dice::Dice;

/// One experiment's world.
#[derive(Clone, Copy, Debug)]
struct Truth {
    treated: f64,
    control: f64,
    /// The control's share of the visitors.
    holdout: f64,
}

fn happens(dice: &mut Dice, chance: f64) -> bool {
    (dice.below(1 << 32) as f64) < chance * (1_u64 << 32) as f64
}

/// The arms after each visitor, told to `look`.
fn run(dice: &mut Dice, truth: Truth, visitors: u64, mut look: impl FnMut(u64, Group, Group)) {
    let group = |share| Group {
        share,
        ..Group::default()
    };
    let (mut treated, mut control) = (group(1.0 - truth.holdout), group(truth.holdout));
    for visitor in 1..=visitors {
        let (arm, rate) = if happens(dice, truth.holdout) {
            (&mut control, truth.control)
        } else {
            (&mut treated, truth.treated)
        };
        arm.visitors += 1;
        arm.converted += u64::from(happens(dice, rate));
        look(visitor, treated, control);
    }
}

/// In how many of so many experiments an interval missed the truth at some look.
fn misses(dice: &mut Dice, truth: Truth, experiments: u32, visitors: u64) -> u32 {
    let (difference, ratio) = (truth.treated - truth.control, truth.treated / truth.control);
    let mut missed = 0;
    for _ in 0..experiments {
        // A look after every visitor at first, later after each thirtieth part.
        let (mut next, mut wrong) = (1, false);
        run(dice, truth, visitors, |visitor, treated, control| {
            if visitor >= next && !wrong {
                next = visitor + (visitor / 30).max(1);
                let found: Uplift = uplift(treated, control, ALPHA);
                wrong = !(found.difference.low..=found.difference.high).contains(&difference)
                    || !(found.ratio.low..=found.ratio.high).contains(&ratio);
            }
        });
        missed += u32::from(wrong);
    }
    missed
}

#[test]
fn the_interval_covers_the_truth_in_95_of_100_experiments_however_often_one_looks() {
    let mut dice = Dice(1);
    let (mut experiments, mut missed) = (0, 0);
    for control in [0.005, 0.02, 0.1, 0.4] {
        for effect in [0.0, 0.5, -0.5] {
            for holdout in [0.1, 0.5] {
                let truth = Truth {
                    treated: control * (1.0 + effect),
                    control,
                    holdout,
                };
                let (many, visitors) = (90, 1_500);
                let wrong = misses(&mut dice, truth, many, visitors);
                assert!(
                    wrong * 20 <= many * 2,
                    "{wrong} of {many} missed under {truth:?}"
                );
                experiments += many;
                missed += wrong;
            }
        }
    }
    assert!(experiments >= 2_000);
    assert!(
        missed * 20 <= experiments,
        "{missed} of {experiments} missed the truth"
    );
}

#[test]
fn without_an_effect_there_are_at_most_5_false_alarms_in_100() {
    let mut dice = Dice(2);
    let truth = |rate| Truth {
        treated: rate,
        control: rate,
        holdout: 0.2,
    };
    let alarms: u32 = [0.005, 0.1, 0.4]
        .map(|rate| misses(&mut dice, truth(rate), 200, 1_500))
        .iter()
        .sum();
    assert!(alarms * 20 <= 600, "{alarms} of 600");
}

#[test]
fn a_real_effect_is_found() {
    let mut dice = Dice(3);
    let truth = Truth {
        treated: 0.1,
        control: 0.04,
        holdout: 0.2,
    };
    let mut found = 0;
    for _ in 0..40 {
        let mut last = None;
        run(&mut dice, truth, 6_000, |_, treated, control| {
            last = Some((treated, control));
        });
        let (treated, control) = last.unwrap();
        let interval = uplift(treated, control, ALPHA).difference;
        assert!(interval.high > 0.0);
        found += u32::from(interval.low > 0.0);
    }
    assert!(found >= 36, "{found} of 40");
}

/// Whether the check ever alarms while so many visitors fall into arms of these shares, if `planned` is what it expects.
fn alarms(dice: &mut Dice, real: f64, planned: f64, visitors: u64) -> bool {
    let (mut counts, mut broken) = ([0_u64; 2], false);
    for visitor in 1..=visitors {
        counts[usize::from(happens(dice, real))] += 1;
        if visitor % 20 == 0 {
            broken |= sample_ratio(&counts, &[1.0 - planned, planned]).broken;
        }
    }
    broken
}

#[test]
fn a_sound_split_is_hardly_ever_called_broken() {
    let mut dice = Dice(4);
    let false_alarms = (0..2_000)
        .filter(|nth| {
            let share = [0.1, 0.3, 0.5, 0.05][nth % 4];
            alarms(&mut dice, share, share, 1_000)
        })
        .count();
    assert!(false_alarms <= 4, "{false_alarms} of 2000");
}

#[test]
fn a_broken_split_is_found() {
    let mut dice = Dice(5);
    let found = (0..50)
        .filter(|_| alarms(&mut dice, 0.14, 0.1, 5_000))
        .count();
    assert!(found >= 45, "{found} of 50");
}

#[test]
fn values_between_nothing_and_all_are_covered_too() {
    let mut dice = Dice(6);
    let mut missed = 0;
    for _ in 0..300 {
        let (mut treated, mut control) = (Arm::default(), Arm::default());
        let mut wrong = false;
        for visitor in 1..1_000_u64 {
            let arm = if happens(&mut dice, 0.3) {
                &mut control
            } else {
                &mut treated
            };
            arm.visitors += 1;
            // A tenth buys, for anything up to the cap: a mean of 0.05 in either arm.
            if happens(&mut dice, 0.1) {
                arm.sum += dice.below(1_001) as f64 / 1_000.0;
            }
            wrong |= visitor % 25 == 0 && excludes(treated, control, 0.0, ALPHA);
        }
        missed += u32::from(wrong);
    }
    assert!(missed <= 15, "{missed} of 300");
}
