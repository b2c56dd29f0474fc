// Package zz holds the dependencies while their users are being written.
package zz

import (
	_ "github.com/danielgtaylor/huma/v2"
	_ "github.com/danielgtaylor/huma/v2/adapters/humago"
	_ "github.com/go-json-experiment/json"
	_ "github.com/go-json-experiment/json/jsontext"
	_ "github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3"
	_ "github.com/phuslu/iploc"
	_ "github.com/pressly/goose/v3"
	_ "github.com/pressly/goose/v3/database"
	_ "github.com/prometheus/client_golang/prometheus"
	_ "github.com/prometheus/client_golang/prometheus/collectors"
	_ "github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/testutil"
	_ "github.com/prometheus/common/expfmt"
	_ "github.com/segmentio/analytics-go/v3"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/net/netutil"
	_ "golang.org/x/time/rate"
)
