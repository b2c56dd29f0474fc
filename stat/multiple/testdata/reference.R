# Writes reference.json (p.adjust) and interval.json (quantiles). Run inside
# this folder: Rscript reference.R
suppressMessages(library(jsonlite))
one <- function(name, p) lapply(list(name = name, p = I(p), bonferroni = p.adjust(p, "bonferroni"), holm = p.adjust(p, "holm"),
  hochberg = p.adjust(p, "hochberg"), bh = p.adjust(p, "BH"), by = p.adjust(p, "BY")), function(v) if (is.numeric(v)) I(v) else v)
set.seed(7)
cases <- list(
  one("25 tests, unsorted", signif(c(rbeta(10, .2, 4), runif(15)), 8)),
  one("ties and ends", c(.01, 1, .01, 0, .5, .5, .03, .03, .03)),
  one("one test", I(.04)))
writeLines(toJSON(cases, digits = I(17), auto_unbox = TRUE), "reference.json")
writeLines(toJSON(list(half = c(2 * qt(1 - .05/6, 10), qt(1 - .05/6, 30), .5 * qnorm(1 - .05/6))), digits = I(17)), "interval.json")
