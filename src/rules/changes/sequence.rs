//! What two sequences have in common.

/// So many pairs are compared at most; beyond that nothing counts as common.
const MAX_PAIRS: usize = 40_000;

/// The places, in both, of a longest common subsequence, in order.
pub(super) fn common<T: PartialEq>(one: &[T], other: &[T]) -> Vec<(usize, usize)> {
    if one.len() * other.len() > MAX_PAIRS {
        return Vec::new();
    }
    let width = other.len() + 1;
    // lengths[i * width + j]: the length of the longest common part of one[i..] and other[j..].
    let mut lengths = vec![0_u32; (one.len() + 1) * width];
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            lengths[i * width + j] = if one[i] == other[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < one.len() && j < other.len() {
        if one[i] == other[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
