//! The plots, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::figures::{Figures, Measured};

/// Pixels.
const SIZE: (u32, u32) = (760, 420);

/// What is drawn together: a name and its points.
type Line = (String, Vec<(f64, f64)>);

/// Draws every plot into a directory.
///
/// # Errors
///
/// When one cannot be written.
pub fn draw(figures: &Figures, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir)?;
    let by_clients = |operation: &str, value: fn(&Measured) -> f64| {
        let points = figures.operations.iter().filter(|one| one.operation == operation);
        points.map(|one| (one.clients as f64, value(one))).collect()
    };
    let pgbench = figures.pgbench.per_second.iter().map(|(c, tps)| (*c as f64, *tps)).collect();
    let throughput = vec![
        ("balance payments".to_owned(), by_clients("pay_order", |one| one.point.per_second)),
        ("pgbench, TPC-B-like".to_owned(), pgbench),
    ];
    plot(&dir.join("throughput.svg"), "durable transactions per second", "clients", &throughput)?;
    let latency = vec![
        ("payment, p50".to_owned(), by_clients("pay_order", |one| one.point.p50_us / 1e3)),
        ("payment, p99".to_owned(), by_clients("pay_order", |one| one.point.p99_us / 1e3)),
        ("history page, p50".to_owned(), by_clients("get_entries", |one| one.point.p50_us / 1e3)),
        ("history page, p99".to_owned(), by_clients("get_entries", |one| one.point.p99_us / 1e3)),
    ];
    plot(&dir.join("latency.svg"), "milliseconds", "clients", &latency)?;
    let growing = |operation: &str, ending: &str| {
        let of = |one: &&Measured| one.operation == operation && one.setting.ends_with(ending);
        let points = figures.growth.iter().filter(of);
        points.filter_map(|one| Some((count(&one.setting)?, one.point.cpu_us))).collect()
    };
    for (file, ending, axis) in [
        ("growth-accounts.svg", " accounts", "accounts"),
        ("growth-entries.svg", " entries", "entries in the account"),
    ] {
        let lines = vec![
            ("payment".to_owned(), growing("pay_order", ending)),
            ("history page".to_owned(), growing("get_entries", ending)),
        ];
        plot(&dir.join(file), "processor time, microseconds", axis, &lines)?;
    }
    Ok(())
}

/// The number that a setting begins with.
fn count(setting: &str) -> Option<f64> {
    setting.split(' ').next()?.parse().ok()
}

/// Lines over a logarithmic axis.
fn plot(path: &Path, y: &str, x: &str, lines: &[Line]) -> Result<()> {
    // The library's errors borrow from the drawing.
    let failed = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", path.display());
    let points = || lines.iter().flat_map(|(_, points)| points);
    let (low, high) =
        points().fold((f64::MAX, 1.0_f64), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
    let top = points().fold(0.0_f64, |top, (_, y)| top.max(*y)) * 1.1;
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(|error| failed(&error))?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(70)
        .build_cartesian_2d((low.min(high)..high).log_scale(), 0.0..top.max(1.0))
        .map_err(|error| failed(&error))?;
    chart
        .configure_mesh()
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .light_line_style(TRANSPARENT)
        .draw()
        .map_err(|error| failed(&error))?;
    for (place, (name, points)) in lines.iter().enumerate() {
        let color = Palette99::pick(place).to_rgba();
        let line = LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(4);
        chart
            .draw_series(line)
            .map_err(|error| failed(&error))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()
        .map_err(|error| failed(&error))?;
    area.present().map_err(|error| failed(&error))
}
