# Writes reference.json: bootstrap intervals by boot 1.3 (200,000 replicates, so
# with a Monte-Carlo error) on its aircondit and city data, and permutation
# tests by full enumeration and by coin. Run inside this folder: Rscript reference.R
suppressMessages({library(boot); library(coin); library(jsonlite)})
set.seed(11)
f <- function(d, i) { x <- d$hours[i]; c(mean(x), var(x)/length(x)) }
b <- boot(aircondit, f, 200000); bi <- boot.ci(b, type = c("norm", "basic", "stud", "perc", "bca"))
g <- function(d, i) { n <- length(i); r <- sum(d$x[i])/sum(d$u[i]); e <- d$x[i] - r*d$u[i]; c(r, sum(e^2)/(n*(n - 1))/mean(d$u[i])^2) }
cb <- boot(city, g, 200000); ci <- boot.ci(cb, type = c("norm", "basic", "stud", "perc", "bca"))
iv <- function(b, i) list(t0 = b$t0[1], se = sd(b$t[, 1]), normal = i$normal[2:3], basic = i$basic[4:5], studentised = i$student[4:5], percentile = i$percent[4:5], bca = i$bca[4:5])
# differences of means: all ways to choose the treated
perm <- function(y, t) { n <- length(y); k <- sum(t); s <- combn(n, k, function(i) mean(y[i]) - mean(y[-i])); o <- mean(y[t == 1]) - mean(y[t == 0]); e <- 1e-9*max(abs(s))
  list(y = y, t = t, diff = o, ways = length(s), p = mean(abs(s) >= abs(o) - e), greater = mean(s >= o - e), less = mean(s <= o + e), coin = pvalue(oneway_test(y ~ factor(t), distribution = "exact"))[1]) }
strat <- function(y, t, g) { one <- function(h) { i <- which(g == h); lapply(combn(length(i), sum(t[i]), simplify = FALSE), function(j) i[j]) }; a <- Reduce(function(p, q) unlist(lapply(p, function(x) lapply(q, function(z) c(x, z))), recursive = FALSE), lapply(unique(g), one)); s <- sapply(a, function(i) mean(y[i]) - mean(y[-i])); o <- mean(y[t == 1]) - mean(y[t == 0]); e <- 1e-9*max(abs(s))
  list(y = y, t = t, g = g, diff = o, ways = length(s), p = mean(abs(s) >= abs(o) - e), greater = mean(s >= o - e), less = mean(s <= o + e)) }
writeLines(toJSON(list(aircondit = c(list(hours = aircondit$hours), iv(b, bi)), city = c(list(u = city$u, x = city$x), iv(cb, ci)),
  permutation = list(perm(sleep$extra[c(1:6, 11:15)], rep(0:1, c(6, 5))), perm(PlantGrowth$weight[1:20], rep(0:1, each = 10)), perm(c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3), c(0, 0, 0, 1, 1, 1, 0, 0, 1, 0))),
  stratified = list(strat(round(rnorm(12) + rep(c(0, 3, 6), each = 4), 2), rep(c(1, 0, 1, 0), 3), rep(1:3, each = 4)), strat(c(5, 7, 9, 2, 1, 3, 3), c(1, 0, 1, 0, 0, 1, 0), c(1, 1, 1, 2, 2, 2, 2)))),
  digits = I(16), auto_unbox = TRUE), "reference.json")
