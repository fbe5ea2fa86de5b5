# Makes a Markdown table of the metrics of several systems, each evaluated with several seeds.
#
#   awk -v title="..." -f table.awk labels.txt SYSTEM-SEED.json...
#
# labels.txt: "SYSTEM<TAB>what it is called". A row a system, in the order of the files. The first one is compared with
# all others: its mean less theirs, and that over its standard error, the root of the sum of both variances over seeds
# divided by their numbers of seeds.
BEGIN { FS = "\t" }
FILENAME ~ /labels\.txt$/ { label[$1] = $2; next }
FNR == 1 {
  name = FILENAME
  sub(/.*\//, "", name)
  sub(/-[0-9]+\.json$/, "", name)
  if (!(name in seeds)) order[++systems] = name
  ++seeds[name]
}
match($0, /"top1_acc": [0-9.e-]+/) {
  value = 100 * substr($0, RSTART + 12, RLENGTH - 12)
  all[name] = all[name] (seeds[name] > 1 ? ", " : "") sprintf("%.1f", value)
  sum[name] += value
  squares[name] += value * value
}
match($0, /"gflops_per_video": [0-9.e-]+/) { cost[name] += substr($0, RSTART + 20, RLENGTH - 20) }
function mean(s) { return sum[s] / seeds[s] }
function variance(s) {
  if (seeds[s] < 2) return 0
  return (squares[s] - seeds[s] * mean(s) ^ 2) / (seeds[s] - 1)
}
function root(x) { return x > 0 ? sqrt(x) : 0 }
END {
  print "### " title "\n"
  print "| | top-1, % | of each seed | first less this | over its standard error | 10^6 multiply-accumulates a video |"
  print "|---|---|---|---|---|---|"
  first = order[1]
  for (i = 1; i <= systems; ++i) {
    s = order[i]
    gap = mean(first) - mean(s)
    error = root(variance(first) / seeds[first] + variance(s) / seeds[s])
    difference = i == 1 ? "" : sprintf("%+.1f", gap)
    ratio = i == 1 || error == 0 ? "" : sprintf("%.1f", gap / error)
    printf "| %s | %.1f ± %.1f | %s | %s | %s | %.1f |\n", s in label ? label[s] : s, mean(s), root(variance(s)), all[s],
      difference, ratio, 1000 * cost[s] / seeds[s]
  }
  print ""
}
