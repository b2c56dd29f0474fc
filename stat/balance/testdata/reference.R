# Writes reference.json: weighted means and variances of a small sample with
# base R's cov.wt. Run inside this folder: Rscript reference.R
suppressMessages(library(jsonlite))
set.seed(7)
n <- 60; t <- rbinom(n, 1, .4); size <- round(exp(rnorm(n, 3 + .4 * t, .8)), 2); plan <- rbinom(n, 1, .3 + .3 * t)
w <- round(ifelse(t == 1, 1, runif(n, 0, 2)), 4)
one <- function(x, a, w) { m <- cov.wt(cbind(x[t == a]), w[t == a]/sum(w[t == a]), method = "unbiased"); c(m$center, m$cov) }
row <- function(x, w) { a <- one(x, 1, w); b <- one(x, 0, w); s <- c(sqrt((var(x[t == 1]) + var(x[t == 0]))/2), sd(x[t == 1]), sd(x[t == 0])); list(means = c(a[1], b[1]), smd = (a[1] - b[1])/s, vr = a[2]/b[2]) }
writeLines(toJSON(list(treated = t, size = size, plan = plan, weights = w, before = list(size = row(size, rep(1, n)), plan = row(plan, rep(1, n))),
  after = list(size = row(size, w), plan = row(plan, w)), ess = c(sum(t), sum(w[t == 0])^2/sum(w[t == 0]^2))), digits = I(15), auto_unbox = TRUE), "reference.json")
