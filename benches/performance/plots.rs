//! The plots of docs/performance.md.

use std::error::Error;
use std::fs;
use std::path::Path;

use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;

use super::crowd;
use super::load::{Measured, count};
use super::operations::Operation;
use super::report::Report;

/// How one operation goes on one provider, by how many ask at once.
pub struct Curve {
    pub operation: Operation,
    pub provider: &'static str,
    pub points: Vec<(usize, Measured)>,
}

/// Colours that are told apart by those who see few (Okabe and Ito), on white as on dark pages.
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 86, 86),
];

type Plotted = Result<(), Box<dyn Error>>;

/// Draws everything into a folder.
pub fn draw(folder: &Path, curves: &[Curve], report: &Report) {
    fs::create_dir_all(folder).expect("a folder");
    for (operation, file) in [
        (Operation::ClientCredentials, "client-credentials.svg"),
        (Operation::Refresh, "refresh.svg"),
        (Operation::UserInfo, "userinfo.svg"),
        (Operation::CodeFlow, "code-flow.svg"),
    ] {
        let of_it: Vec<_> = curves.iter().filter(|curve| curve.operation == operation).collect();
        draw_operation(&folder.join(file), operation, &of_it).expect("a plot");
    }
    draw_crowd(&folder.join("crowd.svg"), report).expect("a plot");
}

/// Throughput on the left, times on the right: half are quicker than the whole line, 99 of 100 than the thin one.
fn draw_operation(file: &Path, operation: Operation, curves: &[&Curve]) -> Plotted {
    let area = SVGBackend::new(file, (960, 380)).into_drawing_area();
    area.fill(&WHITE)?;
    let (left, right) = area.split_horizontally(480);
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let widest = points().map(|(at_once, _)| count(*at_once)).fold(1.0, f64::max);
    let highest = points().map(|(_, measured)| measured.rate).fold(1.0, f64::max);
    let slowest = points().map(|(_, measured)| measured.p99).fold(0.1, f64::max);
    let quickest = points().map(|(_, measured)| measured.p50).fold(slowest, f64::min).max(0.01);
    let across = || (1.0..widest).log_scale();

    let mut rates = ChartBuilder::on(&left)
        .caption(format!("{}: a second", operation.name()), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(across(), 0.0..highest * 1.1)?;
    name_axes(&mut rates, "asked at once")?;
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let line = curve.points.iter().map(|(at_once, measured)| (count(*at_once), measured.rate));
        rates
            .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
            .label(curve.provider)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    place_legend(&mut rates)?;

    let mut times = ChartBuilder::on(&right)
        .caption("milliseconds: p50, and p99 thin", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(across(), (quickest * 0.8..slowest * 1.2).log_scale())?;
    name_axes(&mut times, "asked at once")?;
    for (curve, colour) in curves.iter().zip(COLOURS) {
        let half = curve.points.iter().map(|(at_once, measured)| (count(*at_once), measured.p50.max(0.01)));
        times.draw_series(LineSeries::new(half, colour.stroke_width(2)))?;
        let most = curve.points.iter().map(|(at_once, measured)| (count(*at_once), measured.p99.max(0.01)));
        times.draw_series(LineSeries::new(most, colour.mix(0.6).stroke_width(1)))?;
    }
    area.present()?;
    Ok(())
}

/// What operations cost, by how many people with their grants there are.
fn draw_crowd(file: &Path, report: &Report) -> Plotted {
    let area = SVGBackend::new(file, (720, 400)).into_drawing_area();
    area.fill(&WHITE)?;
    let ends = report.crowds.first().zip(report.crowds.last());
    let (first, last) =
        ends.map_or((3.0, 6.0), |(first, last)| (crowd::exponent(*first), crowd::exponent(*last)));
    let costs = || report.crowd.iter().flat_map(|(_, costs)| costs.iter().copied());
    let (cheapest, dearest) = (costs().fold(f64::MAX, f64::min).max(1.0), costs().fold(1.0, f64::max));
    let mut chart = ChartBuilder::on(&area)
        .caption("µs of the server's processor, by how many people there are (10ⁿ)", ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(first..last, (cheapest * 0.5..dearest * 20.0).log_scale())?;
    name_axes(&mut chart, "n")?;
    for ((name, costs), colour) in report.crowd.iter().zip(COLOURS) {
        let line =
            report.crowds.iter().zip(costs).map(|(size, cost)| (crowd::exponent(*size), cost.max(1.0)));
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    place_legend(&mut chart)?;
    area.present()?;
    Ok(())
}

/// Says which colour is whose, where lines that rise leave room.
fn place_legend<'a, X, Y>(chart: &mut ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>) -> Plotted
where
    X: Ranged<ValueType = f64>,
    Y: Ranged<ValueType = f64>,
{
    let mut legend = chart.configure_series_labels();
    legend.position(SeriesLabelPosition::UpperLeft);
    legend.background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    Ok(())
}

fn name_axes<X, Y>(chart: &mut ChartContext<'_, SVGBackend<'_>, Cartesian2d<X, Y>>, across: &str) -> Plotted
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let number = |value: &f64| if *value < 10.0 { format!("{value}") } else { format!("{value:.0}") };
    chart
        .configure_mesh()
        .light_line_style(BLACK.mix(0.05))
        .x_desc(across)
        .x_label_formatter(&number)
        .y_label_formatter(&number)
        .draw()?;
    Ok(())
}
