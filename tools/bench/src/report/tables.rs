//! The figures as Markdown.

use std::fmt::Write as _;

use crate::figures::{Figures, Measured, Point};
use crate::measure::statistics::ratio;
use crate::routes::LEFT_OUT;
use crate::suite::MOST_CLIENTS;

/// All tables, each below a heading, with an empty line at the end.
#[must_use]
pub fn tables(figures: &Figures) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write_all(&mut text, figures);
    text
}

fn write_all(text: &mut String, figures: &Figures) -> std::fmt::Result {
    machine(text, figures)?;
    budgets(text, figures)?;
    instances(text, figures)?;
    writeln!(text, "### Operations\n")?;
    points(text, &figures.operations)?;
    writeln!(text, "### Store round trips and bytes\n")?;
    round_trips(text, figures)?;
    writeln!(text, "### Payments at fixed rates\n")?;
    points(text, &figures.open_loop)?;
    routes(text, &figures.routes)?;
    writeln!(text, "### WebAssembly and native\n")?;
    points(text, &figures.native)?;
    writeln!(text, "### Stores\n")?;
    points(text, &figures.stores)?;
    writeln!(text, "### Growth\n")?;
    points(text, &figures.growth)?;
    pgbench(text, figures)
}

fn machine(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let machine = &figures.machine;
    writeln!(
        text,
        "Measured {} on {} processors ({}), {} MiB, {}, {}; a page and its fdatasync take {:.0} µs \
         (median). Medians of {} repetitions of {} s.{}\n",
        figures.at,
        machine.processors,
        machine.processor,
        machine.memory_mib,
        machine.kernel,
        machine.file_system,
        machine.fdatasync_us,
        figures.repetitions,
        figures.seconds,
        if figures.quick { " A short run: its figures are rough." } else { "" },
    )
}

fn budgets(text: &mut String, figures: &Figures) -> std::fmt::Result {
    writeln!(text, "### Budgets\n\n| what | bound | measured | |\n|---|---|---:|---|")?;
    for budget in &figures.budgets {
        let met = if budget.met { "met" } else { "**not met**" };
        writeln!(
            text,
            "| {} | {} | {} | {met} |",
            budget.what,
            budget.bound,
            short(budget.measured)
        )?;
    }
    writeln!(text)
}

fn instances(text: &mut String, figures: &Figures) -> std::fmt::Result {
    let instances = &figures.instances;
    writeln!(text, "### Instances\n\n| what | |\n|---|---:|")?;
    writeln!(text, "| start to first answer, empty cache | {:.0} ms |", instances.start_cold_ms)?;
    writeln!(text, "| start to first answer, warm cache | {:.0} ms |", instances.start_warm_ms)?;
    for (component, median) in &instances.fresh_us {
        writeln!(text, "| making and dropping an instance of {component} | {median:.1} µs |")?;
    }
    writeln!(
        text,
        "| processor time of a read, a fresh instance each | {:.0} µs |\n\
         | processor time of a read, instances reused | {:.0} µs |\n",
        instances.request_fresh_us, instances.request_reused_us
    )
}

fn points(text: &mut String, list: &[Measured]) -> std::fmt::Result {
    writeln!(
        text,
        "| operation | | clients | per second | p50 ms | p99 ms | CPU µs | errors |\n\
         |---|---|---:|---:|---:|---:|---:|---:|"
    )?;
    for Measured { operation, setting, clients, point } in list {
        writeln!(
            text,
            "| {operation} | {setting} | {clients} | {:.0} | {:.2} | {:.2} | {:.0} | {} |",
            point.per_second,
            point.p50_us / 1e3,
            point.p99_us / 1e3,
            point.cpu_us,
            point.errors,
        )?;
    }
    writeln!(text)
}

fn round_trips(text: &mut String, figures: &Figures) -> std::fmt::Result {
    writeln!(
        text,
        "For each answer at 16 clients, counted by the host: what follows the answer and what \
         the worker does meanwhile included.\n\n\
         | operation | round trips | by kind | bytes written |\n|---|---:|---|---:|"
    )?;
    for Measured { operation, point, .. } in
        figures.operations.iter().filter(|measured| measured.clients == 16)
    {
        let kinds: Vec<String> = point
            .operations
            .iter()
            .filter(|(_, count)| **count >= 0.01)
            .map(|(kind, count)| format!("{kind} {count:.2}"))
            .collect();
        writeln!(
            text,
            "| {operation} | {:.2} | {} | {:.0} |",
            point.round_trips,
            kinds.join(", "),
            point.bytes_written,
        )?;
    }
    writeln!(text)
}

/// A line for each operation: what it does at each number of clients, and what it takes at 16.
fn routes(text: &mut String, list: &[Measured]) -> std::fmt::Result {
    writeln!(
        text,
        "### Every other operation\n\n\
         Once each, those that need something new for each request with 40, 160 and 320. At 1, 16 and 64 clients; processor time, round trips and bytes at 16.\n\n\
         | operation | per second | p50 ms | p99 ms | CPU µs | round trips | bytes | errors |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|",
    )?;
    for of_one in list.chunk_by(|one, next| one.operation == next.operation) {
        let Some(middle) = of_one.get(of_one.len() / 2) else { continue };
        let each = |show: fn(&Point) -> String| {
            of_one.iter().map(|measured| show(&measured.point)).collect::<Vec<_>>().join(" / ")
        };
        writeln!(
            text,
            "| {} | {} | {} | {} | {:.0} | {:.2} | {:.0} | {} |",
            middle.operation,
            each(|point| format!("{:.0}", point.per_second)),
            each(|point| format!("{:.1}", point.p50_us / 1e3)),
            each(|point| format!("{:.1}", point.p99_us / 1e3)),
            middle.point.cpu_us,
            middle.point.round_trips,
            middle.point.bytes_written,
            of_one.iter().map(|measured| measured.point.errors).sum::<u64>(),
        )?;
    }
    writeln!(text, "\nNot measured:\n")?;
    for (operation, reason) in LEFT_OUT {
        writeln!(text, "- {operation}: {reason}")?;
    }
    writeln!(text)
}

fn pgbench(text: &mut String, figures: &Figures) -> std::fmt::Result {
    writeln!(
        text,
        "### pgbench\n\n{}, TPC-B-like, scale 50, durable. Processor time of the server for a \
         transaction at 64 clients: {:.0} µs.\n\n\
         | clients | transactions per second | balance payments per second | ratio |\n\
         |---:|---:|---:|---:|",
        figures.pgbench.version, figures.pgbench.cpu_us,
    )?;
    for (clients, transactions) in &figures.pgbench.per_second {
        // At the most clients both were measured in turn.
        let (payments, ratio) = if *clients == MOST_CLIENTS {
            (figures.pgbench.payments, figures.pgbench.ratio)
        } else {
            let payments = crate::budgets::find(&figures.operations, "pay_order", *clients)
                .map_or(0.0, |measured| measured.point.per_second);
            (payments, ratio(payments, *transactions))
        };
        writeln!(text, "| {clients} | {transactions:.0} | {payments:.0} | {ratio:.2} |")?;
    }
    writeln!(text)
}

/// A figure with as many digits as say something.
fn short(figure: f64) -> String {
    if figure >= 100.0 || figure.fract() == 0.0 {
        format!("{figure:.0}")
    } else {
        format!("{figure:.2}")
    }
}
