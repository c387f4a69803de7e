//! Drawings: stacked bars as SVG, without any style or script of their own.

use charts_rs::{BarChart, Box as Margin, Color, Series};

use super::pages::Drawing;
use crate::kit::locale::Locale;
use crate::kit::texts::grouped;

/// Told apart, and from what is behind them, in light and in dark.
const COLOURS: [(u8, u8, u8); 6] =
    [(91, 116, 214), (194, 113, 28), (31, 143, 122), (176, 84, 170), (122, 128, 145), (199, 74, 74)];
/// What is written, and is given the page's own colour afterwards.
const INK: (u8, u8, u8) = (1, 2, 3);
/// Lines behind the bars.
const LINES: (u8, u8, u8) = (141, 148, 169);
/// Where the page's own colour goes, in the words of the library.
const INK_WRITTEN: &str = "#010203";

/// The colour of one of several things, as it is written in SVG.
#[must_use]
pub fn colour(at: usize) -> String {
    let (red, green, blue) = COLOURS[at % COLOURS.len()];
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// Draws how often each of several things happened; `None` where nothing did.
#[must_use]
pub fn draw(locale: Locale, id: &str, series: &[(String, Vec<i64>)], labels: &[String]) -> Option<Drawing> {
    if series.iter().all(|(_, numbers)| numbers.iter().all(|number| *number == 0)) {
        return None;
    }
    // Counts of a day are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss, reason = "exact up to sixteen million a day")]
    let stacked = |(name, numbers): &(String, Vec<i64>)| {
        let numbers = numbers.iter().map(|number| *number as f32).collect();
        let mut series = Series::new(name.clone(), numbers);
        series.stack = Some("all".to_owned());
        series
    };
    let mut chart = BarChart::new(series.iter().map(stacked).collect(), labels.to_vec());
    let (ink, lines) = (Color::from(INK), Color::from(LINES));
    chart.width = 760.0;
    chart.height = 300.0;
    chart.margin = Margin { left: 5.0, top: 5.0, right: 10.0, bottom: 5.0 };
    chart.background_color = Color::transparent();
    "sans-serif".clone_into(&mut chart.font_family);
    chart.compact = true;
    chart.series.colors = COLOURS.map(Color::from).into();
    // The page has one, in its own letters.
    chart.legend.show = Some(false);
    chart.x_axis.font.color = ink;
    chart.x_axis.stroke_color = lines;
    chart.grid.stroke_color = lines;
    chart.grid.stroke_width = 0.5;
    for axis in &mut chart.y_axis_configs {
        axis.font.color = ink;
        axis.formatter = Some("{t}".to_owned());
    }
    let svg = match chart.svg() {
        Ok(svg) => with_numbers_of(locale, &svg.replace(INK_WRITTEN, "currentColor")),
        Err(error) => {
            tracing::error!(%error, chart = id, "a chart could not be drawn");
            return None;
        }
    };
    let (open, rest) = svg.split_once('>')?;
    Some(Drawing {
        open: format!(
            "{open} class=\"guichet-chart\" role=\"img\" aria-labelledby=\"{id}-name {id}-about\">"
        ),
        rest: rest.to_owned(),
    })
}

/// The same drawing, the numbers of its axis as a language writes them: the library has commas between thousands.
fn with_numbers_of(locale: Locale, svg: &str) -> String {
    let number = |text: &str| {
        let is_one = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',') && text.contains(',');
        is_one.then(|| text.replace(',', "").parse().ok()).flatten()
    };
    let part =
        |part: &str| match part.split_once('>').and_then(|(tag, text)| Some((tag, number(text.trim())?))) {
            Some((tag, number)) => format!("{tag}>{}", grouped(locale, number)),
            None => part.to_owned(),
        };
    svg.split('<').map(part).collect::<Vec<_>>().join("<")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(name: &str) -> String {
        let series = [(name.to_owned(), vec![3, 0, 1_000_000]), ("Deux".to_owned(), vec![1, 2, 3])];
        let drawing =
            draw(Locale::Fr, "x", &series, &["01/11", "02/11", "03/11"].map(str::to_owned)).unwrap();
        drawing.open + &drawing.rest
    }

    #[test]
    fn a_drawing_has_neither_style_nor_script_and_takes_the_page_s_ink() {
        let svg = drawn("Un");
        for foreign in ["style", "script", "href", "url(", " on", INK_WRITTEN] {
            assert!(!svg.contains(foreign), "{foreign} in {svg}");
        }
        assert!(svg.contains("currentColor") && svg.contains(&colour(0)), "{svg}");
    }

    #[test]
    fn thousands_are_written_as_in_french() {
        let svg = drawn("Un");
        assert!(svg.contains('\u{202f}') && !svg.contains("000,"), "{svg}");
    }

    #[test]
    fn a_name_cannot_break_out_of_a_drawing() {
        let svg = drawn("</text><script>alert(1)</script>");
        assert!(!svg.contains("<script"), "{svg}");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert!(
            draw(Locale::Fr, "x", &[("Un".to_owned(), vec![0, 0])], &["a".to_owned(), "b".to_owned()])
                .is_none()
        );
    }
}
