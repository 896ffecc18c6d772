//! The hosted page as a browser sees it.

use crate::common::{World, form, get, order};

#[tokio::test]
async fn the_page_shows_the_order_and_a_labelled_form() {
    let world = World::new().await;
    let session = world.session(order()).await;
    let page = get(&session.url).await;
    assert_eq!(page.status, 200);
    for text in [
        r#"<html lang="en">"#,
        "<title>Pay €106 · Test payments</title>",
        "<main>",
        "<h1>",
        "Row C, seat 12 &lt;Adult&gt;",
        "2 × Floor &amp; standing",
        "€61",
        "buyer@example.org",
        r#"<label for="number">"#,
        r#"<label for="expiry">"#,
        r#"<label for="cvc">"#,
        r#"<label for="name">"#,
        r#"href="http://shop.example/cancel""#,
        "4000 0025 0000 3155",
    ] {
        assert!(page.body.contains(text), "{text} is missing");
    }
    assert!(!page.body.contains("<script"));
    assert!(get(&format!("{}/sandbox.css", world.base)).await.body.contains("prefers-color-scheme"));
}

#[tokio::test]
async fn a_test_card_is_filled_in_by_one_click() {
    let world = World::new().await;
    let session = world.session(order()).await;
    let page = get(&format!("{}?card=4000000000009995", session.url)).await;
    for text in
        [r#"value="4000 0000 0000 9995""#, r#"value="12 / 34""#, r#"value="123""#, r#"value="Test Buyer""#]
    {
        assert!(page.body.contains(text), "{text} is missing");
    }
}

#[tokio::test]
async fn faults_are_marked_and_the_input_stays() {
    let world = World::new().await;
    let session = world.session(order()).await;
    let page =
        form(&session.url, &[("number", "4111 1111"), ("expiry", "01/20"), ("cvc", "12"), ("name", "<Ann>")])
            .await;
    assert_eq!(page.status, 422);
    for text in [
        "4111 1111",
        "01/20",
        "&lt;Ann&gt;",
        r#"role="alert""#,
        r#"aria-describedby="number-fault""#,
        r#"id="expiry-fault""#,
    ] {
        assert!(page.body.contains(text), "{text} is missing");
    }
    assert_eq!(form(&session.url, &[]).await.status, 422, "missing fields are empty fields");
}

#[tokio::test]
async fn an_unknown_page_is_friendly() {
    let world = World::new().await;
    for path in ["/pay/cs_test_x", "/authenticate/pi_x", "/nothing"] {
        let page = get(&format!("{}{path}", world.base)).await;
        assert_eq!(page.status, 404);
        assert!(page.body.contains("Nothing was taken") && page.body.contains("Back to the tickets"));
    }
}
