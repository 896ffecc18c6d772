//! A page that waits for its data.

use super::page_error::ErrorView;
use crate::{error::AppError, request};
use leptos::prelude::*;
use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// Waits for `page`, then shows it; an error gets its status and a page with a way out, and so does a panic.
pub fn loaded<V>(page: impl Future<Output = Result<V, AppError>> + Send + 'static) -> impl IntoView
where
    V: IntoView + 'static,
{
    view! {
        <Suspense>
            {Suspend::new(async move {
                match caught(page).await {
                    Ok(view) => view.into_any(),
                    Err(error) => {
                        request::set_status(error.status());
                        view! { <ErrorView error/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

/// A panic is an error like others: the panic hook has told of it, the frame around the page still stands.
async fn caught<V>(page: impl Future<Output = Result<V, AppError>>) -> Result<V, AppError> {
    let mut page = pin!(page);
    // After a panic the page is not asked again.
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| page.as_mut().poll(context))).unwrap_or_else(|_| {
            let detail = "Something went wrong on our side.";
            Poll::Ready(Err(AppError::new(500, "internal", "Something went wrong", detail)))
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::Pin,
        task::{Context, Waker},
    };

    fn outcome(page: impl Future<Output = Result<u8, AppError>>) -> Poll<Result<u8, u16>> {
        let mut page: Pin<Box<_>> = Box::pin(caught(page));
        let polled = page.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        polled.map(|done| done.map_err(|error| error.status()))
    }

    #[test]
    fn a_page_that_panics_is_an_error_page() {
        assert_eq!(outcome(async { Ok(1) }), Poll::Ready(Ok(1)));
        assert_eq!(outcome(async { Err(AppError::not_found()) }), Poll::Ready(Err(404)));
        assert_eq!(outcome(async { panic!("broken") }), Poll::Ready(Err(500)));
    }
}
