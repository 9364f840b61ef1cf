//! Quantities that must not be mistaken for plain numbers.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Score points, kept as thousandths of a point so that decay never needs a float in the state.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Points(pub i64);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// Whole points, as a marketer writes them.
    pub const fn whole(points: i64) -> Self {
        Self(points.saturating_mul(1_000))
    }

    /// Points with their fraction, for display and for comparison in conditions.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The points nearest to a fractional number of them; none for what is not a number.
    pub fn from_f64(points: f64) -> Self {
        Self((points * 1_000.0).round() as i64)
    }

    /// Whole points, rounded to the nearest; this is the number that people see.
    pub const fn rounded(self) -> i64 {
        self.0.saturating_add(500 * self.0.signum()) / 1_000
    }
}

impl Add for Points {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Points {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rounded())
    }
}

/// A share of an audience in ten-thousandths: `1_000` is 10 %.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Share(pub u16);

impl Share {
    /// Everybody.
    pub const ALL: Self = Self(10_000);
}
