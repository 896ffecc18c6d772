//! Time in the browser. Deadlines are kept as a span from the server's own clock, so a wrong clock in the browser
//! changes nothing.

/// From here on the page asks whether more time is needed (WCAG 2.2.1).
pub const WARN_SECONDS: i64 = 45;

/// Milliseconds on a clock that nobody sets; 0 on the server.
#[cfg(feature = "hydrate")]
pub fn now_ms() -> f64 {
    // Not `performance.now`: it stops while the machine sleeps.
    js_sys::Date::now()
}

/// Milliseconds on a clock that nobody sets; 0 on the server.
#[cfg(not(feature = "hydrate"))]
pub fn now_ms() -> f64 {
    0.0
}

/// Runs for as long as the page lives.
pub fn every_quarter_second(run: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    drop(leptos::prelude::set_interval_with_handle(run, std::time::Duration::from_millis(250)));
    #[cfg(not(feature = "hydrate"))]
    drop(run);
}

/// Runs when the buyer comes back to the page: from the history, from another tab, from sleep.
pub fn on_return(run: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{document, window_event_listener_untyped};
        use std::rc::Rc;
        let run = Rc::new(run);
        let again = Rc::clone(&run);
        // Shown again from the back-forward cache; the first showing asks for itself.
        std::mem::forget(window_event_listener_untyped("pageshow", move |_| run()));
        std::mem::forget(window_event_listener_untyped("focus", move |_| {
            if !document().hidden() {
                again();
            }
        }));
    }
    #[cfg(not(feature = "hydrate"))]
    drop(run);
}
