//! A call that failed, replayed from its capsule. It needs the feature `capsule` and tokio.

use integrations_core::capsule::Capsule;
use integrations_core::{Effect, ErrorKind, RetryAdvice};

#[tokio::test]
async fn rooms_get_room_ends_as_it_did() {
    let capsule: Capsule = CAPSULE.parse().unwrap();
    let replay = capsule.replay().await;
    assert!(replay.is_same(), "{replay}");

    let error = replay.error();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.effect(), Effect::NotApplied);
    assert_eq!(error.retry(), RetryAdvice::SameRequest);
    assert_eq!(error.attempts(), Some(3));
}

const CAPSULE: &str = r##"{
  "capsule": 1,
  "integration": "rooms",
  "connection": false,
  "operation": {
    "name": "get_room",
    "safety": "read",
    "class": "default",
    "cost": 1,
    "settles": false
  },
  "policy": {
    "deadline": "300",
    "max_attempts": 3,
    "backoff": {
      "first": "0.2",
      "max": "20"
    },
    "budget": {
      "capacity": 500,
      "retry_cost": 5,
      "timeout_cost": 10
    },
    "max_queue": 1000,
    "max_pause": "60",
    "breaker": {
      "consecutive_failures": 5,
      "failure_ratio": 0.5,
      "min_calls": 20,
      "window": "30",
      "open_for": "1",
      "max_open_for": "5"
    },
    "seed": 7
  },
  "started": "2026-11-28T18:19:36.237736322Z",
  "attempts": [
    {
      "due": "0",
      "began": "0",
      "ended": "0",
      "error": {
        "kind": "unavailable",
        "effect": "unknown",
        "message": "answered 503 Service Unavailable",
        "status": 503
      },
      "then": {
        "wait": "0.07796595",
        "drawn": 3511274219185729,
        "tokens": 500
      },
      "exchanges": [
        {
          "began": "0",
          "method": "GET",
          "url": "https://rooms.example/rooms/7",
          "headers": [
            [
              "authorization",
              null
            ]
          ],
          "sent": 0,
          "answer": {
            "at": "0",
            "status": 503,
            "headers": [
              [
                "x-request-id",
                "req-1"
              ],
              [
                "set-cookie",
                null
              ]
            ],
            "text": "<h1>\"#1\" is overloaded</h1>",
            "received": 27,
            "complete": true
          }
        }
      ]
    },
    {
      "due": "0.078",
      "began": "0.078",
      "ended": "0.078",
      "error": {
        "kind": "unavailable",
        "effect": "unknown",
        "message": "answered 503 Service Unavailable",
        "status": 503
      },
      "then": {
        "wait": "0.006715318",
        "drawn": 151215513962380,
        "tokens": 495
      },
      "exchanges": [
        {
          "began": "0.078",
          "method": "GET",
          "url": "https://rooms.example/rooms/7",
          "headers": [
            [
              "authorization",
              null
            ]
          ],
          "sent": 0,
          "answer": {
            "at": "0.078",
            "status": 503,
            "headers": [
              [
                "x-request-id",
                "req-1"
              ],
              [
                "set-cookie",
                null
              ]
            ],
            "text": "<h1>\"#1\" is overloaded</h1>",
            "received": 27,
            "complete": true
          }
        }
      ]
    },
    {
      "due": "0.085",
      "began": "0.085",
      "ended": "0.085",
      "error": {
        "kind": "unavailable",
        "effect": "unknown",
        "message": "answered 503 Service Unavailable",
        "status": 503
      },
      "then": {
        "ends": "as many attempts were made as are allowed"
      },
      "exchanges": [
        {
          "began": "0.085",
          "method": "GET",
          "url": "https://rooms.example/rooms/7",
          "headers": [
            [
              "authorization",
              null
            ]
          ],
          "sent": 0,
          "answer": {
            "at": "0.085",
            "status": 503,
            "headers": [
              [
                "x-request-id",
                "req-1"
              ],
              [
                "set-cookie",
                null
              ]
            ],
            "text": "<h1>\"#1\" is overloaded</h1>",
            "received": 27,
            "complete": true
          }
        }
      ]
    }
  ],
  "end": {
    "kind": "unavailable",
    "effect": "not applied",
    "message": "answered 503 Service Unavailable",
    "status": 503,
    "retry": "same_request",
    "advice": "try again later",
    "attempts": 3,
    "elapsed": "0.085"
  }
}"##;
