package main

import "fmt"

type order struct{ items []int }

func main() {
	fmt.Println("router up")
	var last *order
	fmt.Println(last.items[3])
}
