//! Medians and ratios.

/// The middle of some figures; of an even number the lower of the two, so that it is one that
/// was measured. 0 of none.
#[must_use]
pub fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// How many times as much; 0 over nothing.
#[must_use]
pub fn ratio(figure: f64, over: f64) -> f64 {
    if over == 0.0 { 0.0 } else { figure / over }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_a_figure_that_was_measured() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 3.0]) - 2.0).abs() < f64::EPSILON);
        assert!(median([]).abs() < f64::EPSILON);
    }
}
