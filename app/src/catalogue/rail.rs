//! The coming days as links.

use super::filters::Filters;
use crate::format::{day_chip, iso_day};
use chrono::{Datelike, Days, NaiveDate, Weekday};
use leptos::prelude::*;

/// How many days the rail shows.
const DAYS: u64 = 14;

/// One link a day, each a search for that day with the other filters kept.
#[component]
pub fn DayRail(
    /// The first day.
    today: NaiveDate,
    /// The present search.
    filters: Filters,
) -> impl IntoView {
    let chosen = filters.from.filter(|from| Some(*from) == filters.to);
    let days = (0..DAYS).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
    let links = days.map(move |day| {
        let (name, date) = day_chip(day);
        let name = if day == today { "Today".to_owned() } else { name };
        let href = Filters { from: Some(day), to: Some(day), cursor: None, ..filters.clone() }.address();
        let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        let current = (chosen == Some(day)).then_some("true");
        view! {
            <li>
                <a class="day" class:weekend=weekend href=href aria-current=current>
                    <span>{name}</span>
                    <time datetime=iso_day(day)>{date}</time>
                </a>
            </li>
        }
    });
    view! {
        <nav aria-label="Coming days">
            <ul class="rail" role="list">{links.collect_view()}</ul>
        </nav>
    }
}
