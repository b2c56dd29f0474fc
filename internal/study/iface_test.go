package study

import "github.com/liftmark/liftmark/internal/metric"

// The service of package metric is a Source, but for the Definition that app adds.
var _ Company = (*metric.Service)(nil)
