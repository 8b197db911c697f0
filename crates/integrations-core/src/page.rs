//! Lists, complete to the last page.
//!
//! A driver answers one [`Page`] at a time; a handle gives the application [`Paged`]: a stream of
//! items that asks for the next page when it needs it, with the vendor's [`Cursor`] at hand for
//! those who store it.
//!
//! ```
//! use futures::TryStreamExt;
//! use integrations_core::{Cursor, Page, PageRequest, Paged};
//!
//! # futures::executor::block_on(async {
//! let list = Paged::new(PageRequest::default(), |request: PageRequest| async move {
//!     Ok(match request.cursor.as_ref().map(Cursor::as_str) {
//!         None => Page { items: vec![1, 2], next: Some(Cursor::new("second")) },
//!         Some(_) => Page { items: vec![3], next: None },
//!     })
//! });
//! assert_eq!(list.try_collect::<Vec<_>>().await?, [1, 2, 3]);
//! # Ok::<_, integrations_core::Error>(()) }).unwrap();
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use futures::stream::Stream;

use crate::error::{Error, Result};

crate::id_types! {
    /// Where a list goes on: opaque, as the provider gave it.
    Cursor;
}

/// One page of a list, as a driver answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the provider's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// The only page of a list.
    #[must_use]
    pub fn last(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// Cuts one page out of a list that is held whole: for embedded providers and test doubles.
    /// The cursor is an offset.
    ///
    /// # Errors
    /// `InvalidInput` for a cursor that did not come from here.
    pub fn slice(all: Vec<T>, request: &PageRequest, default_limit: usize) -> Result<Self> {
        let start = match &request.cursor {
            None => 0,
            Some(cursor) => cursor
                .as_str()
                .parse::<usize>()
                .map_err(|_| Error::invalid_input("the page cursor is not one of this list"))?,
        };
        let limit = request
            .limit
            .map_or(default_limit, |limit| limit.get() as usize);
        let total = all.len();
        let items: Vec<T> = all.into_iter().skip(start).take(limit).collect();
        let end = start.saturating_add(items.len());
        let next = (end < total).then(|| Cursor::new(end.to_string()));
        Ok(Self { items, next })
    }

    /// As [`slice`](Self::slice), for a list that others change between its pages: the cursor has the
    /// key of the last item too, and the next page starts after that item, wherever it is by then, so
    /// that nothing comes twice and nothing is left out that was there all the time. Where the item
    /// is gone, the page starts at its place.
    ///
    /// # Errors
    /// `InvalidInput` for a cursor that did not come from here.
    pub fn slice_by(
        all: Vec<T>,
        request: &PageRequest,
        default_limit: usize,
        key: impl Fn(&T) -> &str,
    ) -> Result<Self> {
        let mut placed = request.clone();
        if let Some(cursor) = &request.cursor {
            let wrong = || Error::invalid_input("the page cursor is not one of this list");
            let (place, last) = cursor.as_str().split_once(':').ok_or_else(wrong)?;
            let now = all.iter().position(|item| key(item) == last);
            let start = match now {
                Some(now) => now + 1,
                // It was before the place that follows it.
                None => place
                    .parse::<usize>()
                    .map_err(|_| wrong())?
                    .saturating_sub(1),
            };
            placed.cursor = Some(Cursor::new(start.to_string()));
        }
        let mut page = Self::slice(all, &placed, default_limit)?;
        if let (Some(next), Some(last)) = (&page.next, page.items.last()) {
            page.next = Some(Cursor::new(format!("{next}:{}", key(last))));
        }
        Ok(page)
    }

    /// The page with every item mapped.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Where to go on; `None` for the first page.
    pub cursor: Option<Cursor>,
    /// How many items at most. Providers clamp it to their own bounds; `None` takes their default.
    pub limit: Option<NonZeroU32>,
}

impl PageRequest {
    /// The first page, of at most `limit` items.
    #[must_use]
    pub fn with_limit(limit: NonZeroU32) -> Self {
        Self {
            cursor: None,
            limit: Some(limit),
        }
    }

    /// The page at `cursor`.
    #[must_use]
    pub fn at(cursor: Cursor) -> Self {
        Self {
            cursor: Some(cursor),
            limit: None,
        }
    }
}

type Fetch<T> = dyn FnMut(PageRequest) -> BoxFuture<'static, Result<Page<T>>> + Send;

/// A list as a stream of items, complete to the last page.
///
/// It ends at the first error. A provider whose cursors go round in a circle would page for ever:
/// that is an error too.
pub struct Paged<T> {
    fetch: Box<Fetch<T>>,
    items: VecDeque<T>,
    limit: Option<NonZeroU32>,
    circle: Circle,
    /// Where the page that `items` came from starts.
    current: Option<Cursor>,
    state: State<T>,
}

/// Finds out that cursors go round in a circle, however long, with one of them in memory: it is
/// kept for twice as many pages each time (Brent's algorithm).
#[derive(Default)]
struct Circle {
    kept: Option<Cursor>,
    pages: u64,
    until: u64,
}

impl Circle {
    /// Whether this cursor was seen before.
    fn closes(&mut self, next: &Cursor) -> bool {
        if self.kept.as_ref() == Some(next) {
            return true;
        }
        self.pages += 1;
        if self.pages > self.until {
            self.until = self.until.saturating_mul(2).max(1);
            self.pages = 0;
            self.kept = Some(next.clone());
        }
        false
    }
}

enum State<T> {
    Ready(Option<Cursor>),
    Fetching(Option<Cursor>, BoxFuture<'static, Result<Page<T>>>),
    Done,
    /// An error ended the list at this page.
    Failed(Option<Cursor>),
}

impl<T: Send + 'static> Paged<T> {
    /// A list that starts at `first` and asks `fetch` for each page.
    pub fn new<F, Fut>(first: PageRequest, mut fetch: F) -> Self
    where
        F: FnMut(PageRequest) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Page<T>>> + Send + 'static,
    {
        Self {
            fetch: Box::new(move |request| Box::pin(fetch(request))),
            items: VecDeque::new(),
            limit: first.limit,
            circle: Circle::default(),
            current: None,
            state: State::Ready(first.cursor),
        }
    }

    /// A list that fails with `error` when it is read. For checks that fail before any call.
    #[must_use]
    pub fn failed(error: Error) -> Self {
        let mut error = Some(error);
        Self::new(PageRequest::default(), move |_| {
            let error = error
                .take()
                .unwrap_or_else(|| Error::internal("the list ended already"));
            async move { Err(error) }
        })
    }

    /// The next whole page, with the cursor after it; `None` after the last. Items already taken
    /// from the stream are not repeated.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>> {
        if self.items.is_empty() && !futures::future::poll_fn(|cx| self.poll_fill(cx)).await? {
            return Ok(None);
        }
        Ok(Some(Page {
            items: self.items.drain(..).collect(),
            next: self.cursor().cloned(),
        }))
    }

    /// All items of all pages.
    ///
    /// # Errors
    /// What the provider answers; nothing is returned in part.
    pub async fn all(self) -> Result<Vec<T>> {
        futures::TryStreamExt::try_collect(self).await
    }

    /// Where to go on later, so that nothing is missed: a page that was not taken to its last item
    /// comes again whole, and so does one that failed. `None` is the start of the list, or its end
    /// when [`is_complete`](Self::is_complete).
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        if !self.items.is_empty() {
            return self.current.as_ref();
        }
        match &self.state {
            State::Ready(cursor) | State::Fetching(cursor, _) | State::Failed(cursor) => {
                cursor.as_ref()
            }
            State::Done => None,
        }
    }

    /// Whether every item was taken, to the last one of the last page.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.items.is_empty() && matches!(self.state, State::Done)
    }

    /// Reads pages until one has items; false at the end of the list.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        loop {
            match &mut self.state {
                State::Done | State::Failed(_) => return Poll::Ready(Ok(false)),
                State::Ready(cursor) => {
                    let cursor = cursor.take();
                    let request = PageRequest {
                        cursor: cursor.clone(),
                        limit: self.limit,
                    };
                    self.state = State::Fetching(cursor, (self.fetch)(request));
                }
                State::Fetching(asked, future) => {
                    let page = match ready!(future.as_mut().poll(cx)) {
                        Ok(page) => page,
                        Err(error) => {
                            self.state = State::Failed(asked.take());
                            return Poll::Ready(Err(error));
                        }
                    };
                    let circle = &mut self.circle;
                    if let Some(next) = &page.next
                        && (page.next == *asked || circle.closes(next))
                    {
                        self.state = State::Failed(asked.take());
                        return Poll::Ready(Err(Error::new(
                            crate::ErrorKind::Decode,
                            "the provider's page cursors go round in a circle",
                        )
                        .with_effect(crate::Effect::NotApplied)));
                    }
                    self.current = asked.take();
                    self.items.extend(page.items);
                    self.state = match page.next {
                        Some(next) => State::Ready(Some(next)),
                        None => State::Done,
                    };
                    if !self.items.is_empty() {
                        return Poll::Ready(Ok(true));
                    }
                }
            }
        }
    }
}

// Items are moved out of a queue and never pinned.
impl<T> Unpin for Paged<T> {}

impl<T: Send + 'static> Stream for Paged<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.items.is_empty() {
            match ready!(this.poll_fill(cx)) {
                Ok(true) => {}
                Ok(false) => return Poll::Ready(None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(this.items.pop_front().map(Ok))
    }
}

impl<T> fmt::Debug for Paged<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paged")
            .field("buffered", &self.items.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::executor::block_on;

    use super::*;

    fn numbers(limit: u32) -> Paged<usize> {
        let first = PageRequest {
            cursor: None,
            limit: NonZeroU32::new(limit),
        };
        Paged::new(first, |request| async move {
            Page::slice((0..7).collect(), &request, 3)
        })
    }

    #[test]
    fn a_list_is_complete_to_the_last_page() {
        for limit in 1..9 {
            assert_eq!(
                block_on(numbers(limit).all()).unwrap(),
                (0..7).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn empty_pages_in_the_middle_are_passed_over() {
        let list = Paged::new(PageRequest::default(), |request: PageRequest| async move {
            Ok(match request.cursor.as_ref().map(Cursor::as_str) {
                None => Page {
                    items: vec![],
                    next: Some(Cursor::new("a")),
                },
                Some("a") => Page {
                    items: vec![],
                    next: Some(Cursor::new("b")),
                },
                _ => Page::last(vec![1]),
            })
        });
        assert_eq!(block_on(list.all()).unwrap(), [1]);
    }

    #[test]
    fn a_repeated_cursor_is_an_error_and_not_an_endless_list() {
        let list = Paged::new(PageRequest::default(), |_| async {
            Ok(Page {
                items: vec![1],
                next: Some(Cursor::new("same")),
            })
        });
        let error = block_on(list.all()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Decode);
    }

    #[test]
    fn cursors_that_go_round_in_a_circle_are_an_error() {
        for (lead, circle) in [(0, 2), (0, 7), (5, 3), (40, 1), (3, 100)] {
            let list = Paged::new(
                PageRequest::default(),
                move |request: PageRequest| async move {
                    let page: usize = request
                        .cursor
                        .map_or(0, |cursor| cursor.as_str().parse().unwrap());
                    let next = if page + 1 < lead + circle {
                        page + 1
                    } else {
                        lead
                    };
                    Ok(Page {
                        items: vec![page],
                        next: Some(Cursor::new(next.to_string())),
                    })
                },
            );
            let error = block_on(list.all()).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Decode);
        }
        // A long list without a circle is no error.
        let list = Paged::new(PageRequest::default(), |request: PageRequest| async move {
            Page::slice((0..10_000).collect(), &request, 1)
        });
        assert_eq!(block_on(list.all()).unwrap().len(), 10_000);
    }

    #[test]
    fn an_error_ends_the_list() {
        let mut list = Paged::<u8>::failed(Error::not_found("the calendar"));
        block_on(async {
            assert!(list.next().await.unwrap().is_err());
            assert!(list.next().await.is_none());
        });
    }

    #[test]
    fn a_list_goes_on_where_it_was_left_without_missing_an_item() {
        block_on(async {
            let at = |cursor: Option<&Cursor>| {
                let first = PageRequest {
                    cursor: cursor.cloned(),
                    limit: NonZeroU32::new(3),
                };
                Page::slice((0..7).collect::<Vec<_>>(), &first, 3)
                    .unwrap()
                    .items
            };
            let mut list = numbers(3);
            for taken in 0..7 {
                let rest = at(list.cursor());
                assert!(rest.contains(&taken), "{taken} is missed: {rest:?}");
                assert!(!list.is_complete());
                assert_eq!(list.next().await.unwrap().unwrap(), taken);
            }
            assert!(list.is_complete());
            assert_eq!(list.cursor(), None);
        });
    }

    #[test]
    fn a_list_that_failed_says_at_which_page_and_is_not_complete() {
        let fails_at_second = |request: PageRequest| async move {
            match request.cursor {
                None => Ok(Page {
                    items: vec![1],
                    next: Some(Cursor::new("second")),
                }),
                Some(_) => Err(Error::internal("no second page")),
            }
        };
        block_on(async {
            let mut list = Paged::new(PageRequest::default(), fails_at_second);
            assert!(list.next().await.unwrap().is_ok());
            assert!(list.next().await.unwrap().is_err());
            assert!(list.next().await.is_none());
            assert!(!list.is_complete());
            assert_eq!(list.cursor(), Some(&Cursor::new("second")));
        });
    }

    #[test]
    fn pages_give_their_cursor() {
        block_on(async {
            let mut list = numbers(3);
            let page = list.next_page().await.unwrap().unwrap();
            assert_eq!(page.items, [0, 1, 2]);
            let cursor = page.next.unwrap();
            assert_eq!(
                Page::slice((0..7).collect::<Vec<_>>(), &PageRequest::at(cursor), 3)
                    .unwrap()
                    .items,
                [3, 4, 5]
            );
            assert_eq!(list.next_page().await.unwrap().unwrap().items, [3, 4, 5]);
            assert_eq!(list.next_page().await.unwrap().unwrap().items, [6]);
            assert!(list.next_page().await.unwrap().is_none());
        });
    }

    #[test]
    fn a_page_of_a_list_that_changes_goes_on_after_the_item_that_it_knows() {
        let page = |all: &[&str], cursor: Option<Cursor>| {
            let all = all.iter().map(|one| (*one).to_owned()).collect();
            let mut request = PageRequest::with_limit(NonZeroU32::MIN.saturating_add(1));
            request.cursor = cursor;
            Page::slice_by(all, &request, 2, |one: &String| one.as_str())
        };
        let first = page(&["a", "b", "c", "d"], None).unwrap();
        assert_eq!(first.items, ["a", "b"]);
        // One comes before, one goes before, and the last one itself goes.
        for now in [
            &["0", "a", "b", "c", "d"][..],
            &["b", "c", "d"],
            &["a", "c", "d"],
        ] {
            let next = page(now, first.next.clone()).unwrap();
            assert_eq!(next.items, ["c", "d"], "{now:?}");
            assert_eq!(next.next, None);
        }
        assert!(page(&["a"], Some(Cursor::new("2"))).is_err());
    }
}
