//! The floor: the requests themselves, by `reqwest`, not signed.

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use reqwest::{Body, Response};

use super::{Arm, Result, Source};
use crate::{BUCKET, PART, PARTS_UNDER_WAY};

pub struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub fn new(endpoint: &str) -> Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().build()?,
            base: format!("{endpoint}/{BUCKET}"),
        })
    }

    fn url(&self, key: &str) -> String {
        format!("{}/{key}", self.base)
    }

    /// A part, in the pieces in which it came.
    async fn put_part(&self, url: String, pieces: Vec<Bytes>, size: usize) -> Result<()> {
        let body = futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
        let request = self.http.put(url).header("content-length", size);
        done(request.body(Body::wrap_stream(body)).send().await?).await
    }
}

async fn done(response: Response) -> Result<()> {
    response.error_for_status()?.bytes().await?;
    Ok(())
}

#[async_trait]
impl Arm for Client {
    async fn put(&self, key: &str, body: Bytes) -> Result<()> {
        done(self.http.put(self.url(key)).body(body).send().await?).await
    }

    async fn get(&self, key: &str) -> Result<Bytes> {
        let response = self.http.get(self.url(key)).send().await?;
        Ok(response.error_for_status()?.bytes().await?)
    }

    async fn upload(&self, key: &str, mut source: Source) -> Result<()> {
        let url = self.url(key);
        let created = self.http.post(format!("{url}?uploads")).send().await?;
        let created = created.error_for_status()?.text().await?;
        let id = created.split_once("<UploadId>").ok_or("no upload id")?.1;
        let id = id.split_once('<').ok_or("no upload id")?.0;
        let (mut number, mut under_way) = (0, FuturesUnordered::new());
        let (mut pieces, mut size, mut ended) = (Vec::new(), 0, false);
        while !ended {
            match source.next().await {
                Some(piece) => {
                    size += piece.len();
                    pieces.push(piece);
                }
                None => ended = true,
            }
            if size >= PART || (ended && size > 0) {
                while under_way.len() >= PARTS_UNDER_WAY {
                    under_way.next().await.transpose()?;
                }
                number += 1;
                let url = format!("{url}?partNumber={number}&uploadId={id}");
                under_way.push(self.put_part(url, std::mem::take(&mut pieces), size));
                size = 0;
            }
        }
        while under_way.next().await.transpose()?.is_some() {}
        let url = format!("{url}?uploadId={id}");
        let complete = "<CompleteMultipartUpload></CompleteMultipartUpload>";
        done(self.http.post(url).body(complete).send().await?).await
    }

    async fn download(&self, key: &str) -> Result<u64> {
        let response = self.http.get(self.url(key)).send().await?;
        let mut body = response.error_for_status()?.bytes_stream();
        let mut size = 0;
        while let Some(piece) = body.next().await {
            size += piece?.len() as u64;
        }
        Ok(size)
    }
}
