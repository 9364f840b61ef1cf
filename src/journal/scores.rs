//! What scoring a visitor's history anew came to, number by number.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Contribution, GroupPoints, Key, Ledger, Points, RuleCount, RuleSetHash, ScoreTotal, Scores,
    Timestamp,
};

use super::line::hex;

/// Keys are written as eight hexadecimal digits, points as thousandths.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoresLine {
    totals: Vec<TotalLine>,
    contributions: Vec<ContributionLine>,
    rule_counts: Vec<CountLine>,
    group_points: Vec<GroupLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TotalLine {
    score: String,
    carried: i64,
    carried_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContributionLine {
    score: String,
    rule: String,
    rules: String,
    at: u64,
    applied: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountLine {
    rule: String,
    session: u16,
    visitor: u16,
    day: u16,
    day_of: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupLine {
    group: String,
    session: i64,
    visitor: i64,
    day: i64,
    day_of: u32,
}

impl ScoresLine {
    pub(super) fn of(scores: &Scores) -> Self {
        let Scores {
            ledger,
            rule_counts,
            group_points,
        } = scores;
        let Ledger {
            totals,
            contributions,
        } = ledger;
        Self {
            totals: totals.iter().map(total).collect(),
            contributions: contributions.iter().map(contribution).collect(),
            rule_counts: rule_counts.iter().map(count).collect(),
            group_points: group_points.iter().map(group).collect(),
        }
    }

    /// The numbers, or what is wrong with them.
    pub(super) fn read(self) -> Result<Scores, String> {
        let totals = self.totals.into_iter().map(TotalLine::read);
        let contributions = self.contributions.into_iter().map(ContributionLine::read);
        let counts = self.rule_counts.into_iter().map(CountLine::read);
        let groups = self.group_points.into_iter().map(GroupLine::read);
        Ok(Scores {
            ledger: Ledger {
                totals: totals.collect::<Result<_, String>>()?,
                contributions: contributions.collect::<Result<_, String>>()?,
            },
            rule_counts: counts.collect::<Result<_, String>>()?,
            group_points: groups.collect::<Result<_, String>>()?,
        })
    }
}

fn total(total: &ScoreTotal) -> TotalLine {
    let ScoreTotal {
        score,
        carried,
        carried_at,
        stage,
    } = *total;
    TotalLine {
        score: digits(score),
        carried: carried.0,
        carried_at: carried_at.0,
        stage: stage.map(digits),
    }
}

fn contribution(entry: &Contribution) -> ContributionLine {
    let Contribution {
        score,
        rule,
        rules,
        at,
        applied,
    } = *entry;
    ContributionLine {
        score: digits(score),
        rule: digits(rule),
        rules: rules.to_string(),
        at: at.0,
        applied: applied.0,
    }
}

fn count(count: &RuleCount) -> CountLine {
    let RuleCount {
        rule,
        session,
        visitor,
        day,
        day_of,
    } = *count;
    CountLine {
        rule: digits(rule),
        session,
        visitor,
        day,
        day_of,
    }
}

fn group(points: &GroupPoints) -> GroupLine {
    let GroupPoints {
        group,
        session,
        visitor,
        day,
        day_of,
    } = *points;
    GroupLine {
        group: digits(group),
        session: session.0,
        visitor: visitor.0,
        day: day.0,
        day_of,
    }
}

impl TotalLine {
    fn read(self) -> Result<ScoreTotal, String> {
        Ok(ScoreTotal {
            score: key(&self.score, "score")?,
            carried: Points(self.carried),
            carried_at: Timestamp(self.carried_at),
            stage: self.stage.map(|stage| key(&stage, "stage")).transpose()?,
        })
    }
}

impl ContributionLine {
    fn read(self) -> Result<Contribution, String> {
        Ok(Contribution {
            score: key(&self.score, "score")?,
            rule: key(&self.rule, "rule")?,
            rules: RuleSetHash(hex(&self.rules, "rules")?),
            at: Timestamp(self.at),
            applied: Points(self.applied),
        })
    }
}

impl CountLine {
    fn read(self) -> Result<RuleCount, String> {
        Ok(RuleCount {
            rule: key(&self.rule, "rule")?,
            session: self.session,
            visitor: self.visitor,
            day: self.day,
            day_of: self.day_of,
        })
    }
}

impl GroupLine {
    fn read(self) -> Result<GroupPoints, String> {
        Ok(GroupPoints {
            group: key(&self.group, "group")?,
            session: Points(self.session),
            visitor: Points(self.visitor),
            day: Points(self.day),
            day_of: self.day_of,
        })
    }
}

fn digits(key: Key) -> String {
    format!("{:08x}", key.0)
}

fn key(text: &str, field: &str) -> Result<Key, String> {
    let number = u32::try_from(hex(text, field)?);
    number
        .map(Key)
        .map_err(|_| format!("`{field}` has more than 8 digits"))
}
